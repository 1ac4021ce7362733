import { lstat, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { requirePath, unsafeKey } from './key-path.js'

const MAX_PATH_LENGTH = 4096

/**
 * The path of an object below a folder. Whoever can write to a bucket chooses the keys in it: none may lead out of the folder.
 *
 * @param rest The object's key without the prefix that stands for the folder.
 * @throws CommandError `UnsafeKey`.
 */
export function targetPath(folder: string, rest: string): string {
  requirePath(rest)
  const path = join(folder, ...rest.split('/'))
  if (Buffer.byteLength(path) > MAX_PATH_LENGTH) throw unsafeKey('its path would be too long')
  return path
}

/**
 * Makes the folders that lead to a target, one by one: a symbolic link among them would lead elsewhere, and so would one in the target's place.
 *
 * @throws CommandError `UnsafeKey` for a link; what the file system says.
 */
export async function makeFoldersTo(folder: string, rest: string): Promise<void> {
  const names = rest.split('/')
  await makeFoldersBelow(folder, names.slice(0, -1))
  const target = await lstat(join(folder, ...names)).catch(() => undefined)
  if (target?.isSymbolicLink()) throw unsafeKey('a symbolic link has its name')
  if (target && !target.isFile()) throw unsafeKey('a folder has its name')
}

/** Makes folders, each below the one before. @throws as {@link makeFoldersTo}. */
export async function makeFoldersBelow(folder: string, names: readonly string[]): Promise<void> {
  await makeFolder(folder)
  let path = folder
  for (const name of names) {
    path = join(path, name)
    try {
      await mkdir(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const found = await lstat(path)
      if (found.isSymbolicLink()) throw unsafeKey('a symbolic link is in the way, and leads elsewhere')
      if (!found.isDirectory()) throw unsafeKey('a file is where its folder has to be')
    }
  }
}

/** Not mkdir's own `recursive`: that tries without end where the system takes no folders, in /proc. */
export async function makeFolder(folder: string): Promise<void> {
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
