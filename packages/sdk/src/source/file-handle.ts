/** As much of a browser's FileSystemFileHandle as is used to read a file. */
export interface ReadableFileHandle {
  readonly kind: 'file'
  readonly name: string
  /** What is in the file now; a File does not follow what becomes of it. */
  getFile(): Promise<File>
  /** Asks the user, in answer to a click, whether the file of a handle that was kept may be read again; not in every browser. */
  requestPermission?(): Promise<string>
}

/** Whether a value is a browser's handle of a file. */
export function isFileHandle(value: unknown): value is ReadableFileHandle {
  if (typeof value !== 'object' || value === null) return false
  const { kind, getFile } = value as { readonly kind?: unknown; readonly getFile?: unknown }
  return kind === 'file' && typeof getFile === 'function'
}
