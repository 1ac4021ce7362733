import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILES_IN_A_FOLDER = 100

/**
 * Writes many files of the same length, a hundred to a folder.
 *
 * @param {string} folder
 * @param {{ count: number; length: number }} options
 */
export function writeFileTree(folder, { count, length }) {
  for (let index = 0; index < count; index += 1) {
    const below = join(folder, `folder ${Math.floor(index / FILES_IN_A_FOLDER)}`)
    if (index % FILES_IN_A_FOLDER === 0) mkdirSync(below, { recursive: true })
    writeFileSync(join(below, `file ${index}`), randomBytes(length))
  }
}

/**
 * A digest of the names and contents of all files below a folder.
 *
 * @param {string} folder
 */
export function digestOfTree(folder) {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort())
    hash.update(`${path.slice(folder.length)}\0`).update(readFileSync(path))
  return `${files.length} files, ${hash.digest('hex')}`
}
