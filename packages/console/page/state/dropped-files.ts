import type { ReadableFileHandle } from 'osscrypt/oss'
import type { FileToUpload } from './uploads.js'

type ItemWithHandle = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> }

/** The files that were dropped, and those in folders that were. To be called while the event is handled: what was dropped is gone after it. */
export function filesOfDrop(transfer: DataTransfer, prefix: string): Promise<readonly FileToUpload[]> {
  const dropped = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => ({
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
      handle: (item as ItemWithHandle).getAsFileSystemHandle?.().catch(() => null),
    }))
  return collect(dropped, prefix)
}

interface Dropped {
  readonly entry: FileSystemEntry | null
  readonly file: File | null
  readonly handle: Promise<FileSystemHandle | null> | undefined
}

async function collect(dropped: readonly Dropped[], prefix: string): Promise<readonly FileToUpload[]> {
  const found: FileToUpload[] = []
  for (const { entry, file, handle } of dropped) {
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, prefix, found)
    else if (file) found.push({ file, key: prefix + file.name, handle: toFileHandle(await handle) })
  }
  return found
}

function toFileHandle(handle: FileSystemHandle | null | undefined): ReadableFileHandle | undefined {
  return handle?.kind === 'file' ? (handle as FileSystemFileHandle) : undefined
}

async function walk(folder: FileSystemDirectoryEntry, prefix: string, found: FileToUpload[]): Promise<void> {
  const reader = folder.createReader()
  const below = `${prefix}${folder.name}/`
  for (;;) {
    // A browser gives a hundred at a time, and none at the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (entries.length === 0) return
    for (const entry of entries) {
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, below, found)
      else {
        const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
        found.push({ file, key: below + file.name })
      }
    }
  }
}

/** Files that were chosen; of a folder, with their paths in it. */
export function filesOfInput(list: FileList | null, prefix: string): readonly FileToUpload[] {
  return [...(list ?? [])].map((file) => ({ file, key: prefix + (file.webkitRelativePath || file.name) }))
}
