import type { FileToUpload } from './uploads.js'

/** The files that were dropped, and those in folders that were. To be called while the event is handled. */
export function filesOfDrop(transfer: DataTransfer, prefix: string): Promise<readonly FileToUpload[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry())
  const plain = items.map((item) => item.getAsFile())
  return collect(entries, plain, prefix)
}

async function collect(
  entries: readonly (FileSystemEntry | null)[],
  plain: readonly (File | null)[],
  prefix: string,
): Promise<readonly FileToUpload[]> {
  const found: FileToUpload[] = []
  for (const [index, entry] of entries.entries()) {
    const file = plain[index]
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, prefix, found)
    else if (file) found.push({ file, key: prefix + file.name })
  }
  return found
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
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        )
        found.push({ file, key: below + file.name })
      }
    }
  }
}

/** Files that were chosen; of a folder, with their paths in it. */
export function filesOfInput(list: FileList | null, prefix: string): readonly FileToUpload[] {
  return [...(list ?? [])].map((file) => ({ file, key: prefix + (file.webkitRelativePath || file.name) }))
}
