/** As much of a browser's FileSystemWritableFileStream as is used: what is written is seen in the file when it is closed, and not before. */
export interface WritableFile {
  write(step: { readonly type: 'write'; readonly position: number; readonly data: Uint8Array }): Promise<void>
  close(): Promise<void>
  abort(reason?: unknown): Promise<void>
}

/** As much of a browser's FileSystemFileHandle as is used to write a file. */
export interface WritableFileHandle {
  readonly kind: 'file'
  readonly name: string
  createWritable(options: { readonly keepExistingData: false }): Promise<WritableFile>
}

/** As much of a browser's FileSystemDirectoryHandle as is used to make a file. */
export interface WritableDirectoryHandle {
  readonly kind: 'directory'
  readonly name: string
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<WritableFileHandle>
  removeEntry(name: string): Promise<void>
}

/** A file in a directory that a browser lets be written to; it need not be there yet. */
export interface FileInDirectory {
  readonly directory: WritableDirectoryHandle
  readonly name: string
}

/** Where a browser can write a file. */
export type BrowserFile = WritableFileHandle | FileInDirectory

/** Whether a value says where a browser can write a file. */
export function isBrowserFile(value: unknown): value is BrowserFile {
  return isWritableHandle(value) || isFileInDirectory(value)
}

function isWritableHandle(value: unknown): value is WritableFileHandle {
  return isObject(value) && value['kind'] === 'file' && typeof value['createWritable'] === 'function'
}

export function isFileInDirectory(value: unknown): value is FileInDirectory {
  if (!isObject(value)) return false
  const { directory, name } = value
  return (
    typeof name === 'string' &&
    isObject(directory) &&
    directory['kind'] === 'directory' &&
    typeof directory['getFileHandle'] === 'function'
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
