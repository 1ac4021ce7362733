import { sep } from 'node:path'
import { CommandError } from '../command-error.js'

const MAX_NAME_LENGTH = 255

/** What Windows takes for a device, whatever follows. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * Asserts that a key below a prefix can be a path below a folder. The same rule holds on the way up and on the way down, so that what was stored
 * can be had back. Whoever can write to a bucket chooses the keys in it: none may lead out of the folder.
 *
 * @throws CommandError `UnsafeKey`.
 */
export function requirePath(rest: string): void {
  const problem = problemOf(rest)
  if (problem !== undefined) throw unsafeKey(problem)
}

export function unsafeKey(problem: string): CommandError {
  return new CommandError(
    'refused',
    'UnsafeKey',
    `it cannot be both an object’s key and a file’s name: ${problem}`,
    'name the object and a file for it: osscrypt cp oss://BUCKET/KEY FILE, or osscrypt cp FILE oss://BUCKET/KEY',
  )
}

function problemOf(rest: string): string | undefined {
  if (rest === '') return 'it has no name below the folder'
  if (rest.startsWith('/')) return 'it is an absolute path'
  if (/^[A-Za-z]:/.test(rest)) return 'it begins with a drive letter'
  if (rest.includes('\\')) return 'it has a backslash'
  // eslint-disable-next-line no-control-regex -- these are the characters meant
  if (/[\u0000-\u001f\u007f]/.test(rest)) return 'it has a control character'
  if (/[\ud800-\udfff]/u.test(rest)) return 'it is not well-formed text'
  for (const name of rest.replace(/\/$/, '').split('/')) {
    if (name === '') return 'it has an empty folder name'
    if (name === '.' || name === '..') return `it has a segment ${name}`
    if (Buffer.byteLength(name) > MAX_NAME_LENGTH) return 'it has a name of more than 255 bytes'
    if (sep === '\\' && (DEVICE.test(name) || /[<>:"|?*]|[. ]$/.test(name))) return 'Windows takes no such name'
  }
  return undefined
}
