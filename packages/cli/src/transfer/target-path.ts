import { lstat, mkdir, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { CommandError } from '../command-error.js'

const MAX_NAME_LENGTH = 255
const MAX_PATH_LENGTH = 4096

/** What Windows takes for a device, whatever follows. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * The path of an object below a folder. Whoever can write to a bucket chooses the keys in it: none may lead out of the folder.
 *
 * @param rest The object's key without the prefix that stands for the folder.
 * @throws CommandError `UnsafeKey`.
 */
export function targetPath(folder: string, rest: string): string {
  const problem = problemOf(rest)
  if (problem !== undefined) throw unsafe(problem)
  const path = join(folder, ...rest.split('/'))
  if (Buffer.byteLength(path) > MAX_PATH_LENGTH) throw unsafe('its path would be too long')
  return path
}

function problemOf(rest: string): string | undefined {
  if (rest === '') return 'it has no name below the folder'
  if (rest.startsWith('/')) return 'it is an absolute path'
  if (/^[A-Za-z]:/.test(rest)) return 'it begins with a drive letter'
  if (rest.includes('\\')) return 'it has a backslash'
  // eslint-disable-next-line no-control-regex -- these are the characters meant
  if (/[\u0000-\u001f\u007f]/.test(rest)) return 'it has a control character'
  if (/[\ud800-\udfff]/u.test(rest)) return 'it is not well-formed text'
  for (const name of rest.split('/')) {
    if (name === '') return 'it has an empty folder name'
    if (name === '.' || name === '..') return `it has a segment ${name}`
    if (Buffer.byteLength(name) > MAX_NAME_LENGTH) return 'it has a name of more than 255 bytes'
    if (sep === '\\' && (DEVICE.test(name) || /[<>:"|?*]|[. ]$/.test(name))) return 'Windows takes no such name'
  }
  return undefined
}

/**
 * Makes the folders that lead to a target, one by one: a symbolic link among them would lead elsewhere, and so would one in the target's place.
 *
 * @throws CommandError `UnsafeKey` for a link; what the file system says.
 */
export async function makeFoldersTo(folder: string, rest: string): Promise<void> {
  await makeFolder(folder)
  const names = rest.split('/')
  let path = folder
  for (const name of names.slice(0, -1)) {
    path = join(path, name)
    try {
      await mkdir(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const found = await lstat(path)
      if (found.isSymbolicLink()) throw unsafe('a symbolic link is in the way, and leads elsewhere')
      if (!found.isDirectory()) throw unsafe('a file is where its folder has to be')
    }
  }
  const target = await lstat(join(folder, ...names)).catch(() => undefined)
  if (target?.isSymbolicLink()) throw unsafe('a symbolic link has its name')
  if (target && !target.isFile()) throw unsafe('a folder has its name')
}

/** Not mkdir's own `recursive`: that tries without end where the system takes no folders, in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = dirname(folder)
    if (code === 'ENOENT' && parent !== folder) {
      await makeFolder(parent)
      await mkdir(folder).catch(unlessThere(folder))
    } else await unlessThere(folder)(error)
  }
}

/** Passes over the error if the folder is there, made by whomever. */
function unlessThere(folder: string) {
  return async (error: unknown): Promise<void> => {
    const found = await stat(folder).catch(() => undefined)
    if (!found?.isDirectory()) throw error
  }
}

function unsafe(problem: string): CommandError {
  return new CommandError(
    'refused',
    'UnsafeKey',
    `the key is not used as a path: ${problem}`,
    'name the object and a file for it: osscrypt cp oss://BUCKET/KEY FILE',
  )
}
