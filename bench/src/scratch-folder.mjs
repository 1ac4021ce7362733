import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY_FOLDER = '/dev/shm'

/** What the processes of a measurement need beside their files. */
const PROCESSES_LENGTH = 3 * 2 ** 30

/**
 * A folder for the files of a measurement: in memory, where there is room for them, so that neither a disk nor its write-back has a say in what is
 * compared. Else it is a temporary folder like any other, and it is said that it is.
 *
 * @param {number} length bytes that it has to hold at most
 * @returns {{ path: string; remove: () => void }}
 */
export function createScratchFolder(length) {
  const isInMemory = hasRoom(length)
  if (!isInMemory)
    console.log('there is no room for files in memory: they are on the disk, whose speed is measured, too')
  const path = mkdtempSync(join(isInMemory ? MEMORY_FOLDER : tmpdir(), 'osscrypt-bench-'))
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  // Memory that nobody frees would be gone until the machine starts anew.
  process.once('exit', remove)
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => process.exit(1))
  }
  return { path, remove }
}

/** @param {number} length */
function hasRoom(length) {
  if (!existsSync(MEMORY_FOLDER)) return false
  const { bavail, bsize } = statfsSync(MEMORY_FOLDER)
  return bavail * bsize > length && freemem() > length + PROCESSES_LENGTH
}
