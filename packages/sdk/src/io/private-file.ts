import { open, rename, rm } from 'node:fs/promises'
import { assertOwnFile } from './own-file.js'

/**
 * Writes a file that only its owner may read, all of it or nothing: whoever is killed on the way leaves the file as it was, and at most one
 * unfinished file beside it, which the next writing takes away. Resolves when the content is on the disk.
 *
 * @throws OsscryptError `UntrustedFile` where it could not be read back, as on a file system that lets everybody write all files.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.unfinished`
  await rm(unfinished, { force: true })
  const file = await open(unfinished, 'wx', 0o600)
  try {
    try {
      await assertOwnFile(path, file)
      await file.writeFile(text)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
