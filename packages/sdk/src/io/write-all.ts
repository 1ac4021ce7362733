import type { FileHandle } from 'node:fs/promises'

/** Writes all of `bytes` at the file's position; a single write may take less. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) offset += (await file.write(bytes, offset)).bytesWritten
}
