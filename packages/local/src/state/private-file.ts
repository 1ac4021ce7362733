import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** The ending of a file that is being written; one that is found at a start belongs to a process that was killed. */
export const unfinishedSuffix = '.unfinished'

/** Makes the folder, with its parents, and takes it away from everyone but the user (mode 0700). */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
}

/**
 * Writes a file that only the user may read (mode 0600), all of it or nothing: whoever is killed on the way leaves the
 * file as it was. Returns once the content is on the disk.
 */
export function writePrivateFile(path: string, content: string): void {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}${unfinishedSuffix}`
  try {
    const file = openSync(unfinished, 'wx', 0o600)
    try {
      const bytes = Buffer.from(content)
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}
