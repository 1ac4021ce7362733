import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { untrusted } from './own-file.js'
import { findTarget } from './target-place.js'
import { WriteBehind } from './write-behind.js'

/** A file that gets its name when its content is known to be right, and not before. */
export interface FileTarget {
  /** Writes the bytes from `start` on. Several may write at a time, each its own stretch; what they are given stays as it is until it is written. */
  writeFrom(start: number): WriteBehind
  /** Gives the file its name, in place of what had it if that may be replaced, when all that was written is on the disk. */
  commit(): Promise<void>
  /** Removes whatever was written; does nothing after {@link commit}. */
  dispose(): Promise<void>
}

/** How a file is written. */
export interface FileTargetOptions {
  /** What makes the name of what is beside it unique. */
  readonly id?: string | undefined
  /** Whether it takes the place of a file that is there, or has come there meanwhile. Default true. */
  readonly replace?: boolean | undefined
}

/** The path of a hidden file beside `target`. */
export function pathBeside(target: string, id: string, ending: 'part' | 'ciphertext'): string {
  return join(dirname(target), `.${shortName(target)}.${id}.${ending}`)
}

/**
 * Prepares to write a file, beside where it will be. Until it is committed, only its owner can read it. A symbolic link is followed; mode, group
 * and, as far as the system lets us, owner of a file that is replaced are kept.
 *
 * @throws as findTarget, and what the file system says: `EEXIST`, also of `commit`, for a file that is not to be replaced; `commit` also OsscryptError
 *   `UntrustedFile`, when somebody put something else in the place of what is beside it.
 */
export async function openFileTarget(
  path: string,
  { id = randomUUID(), replace = true }: FileTargetOptions = {},
): Promise<FileTarget> {
  const { path: target, replaced } = await findTarget(path)
  if (replaced && !replace) throw alreadyThere(path)
  const temporary = pathBeside(target, id, 'part')
  const file = await open(temporary, 'wx', 0o600)
  const writers: WriteBehind[] = []
  let done = false
  return {
    writeFrom: (start) => {
      const writer = new WriteBehind(file, start)
      writers.push(writer)
      return writer
    },
    commit: async () => {
      for (const writer of writers) await writer.flush()
      await file.sync()
      await giveAccess(file, replaced)
      await assertStillNamed(file, temporary)
      await file.close()
      await (replace ? rename : nameAnew)(temporary, target)
      done = true
    },
    dispose: async () => {
      if (done) return
      for (const writer of writers) await writer.stop()
      await file.close().catch(() => undefined)
      await rm(temporary, { force: true })
    },
  }
}

/** Gives a file a name that nothing has, where a rename would take the place of what has it. */
async function nameAnew(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // File systems without hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(code)) throw error
    if (await lstat(target).catch(() => undefined)) throw alreadyThere(target)
    return rename(temporary, target)
  }
  await rm(temporary)
}

function alreadyThere(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${path} is there already`), { code: 'EEXIST' })
}

/** Asserts that nobody has put something else in the place of an open file. */
async function assertStillNamed(file: FileHandle, path: string): Promise<void> {
  const [open, named] = await Promise.all([file.stat(), lstat(path)])
  if (open.ino !== named.ino || open.dev !== named.dev) throw untrusted(path, 'was replaced by somebody else')
}

/** Lets those have access to a new file who had it to the one that is replaced; without one, those whom the umask lets. */
async function giveAccess(file: FileHandle, replaced: Stats | undefined): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it, and a race would give a mode that was right before
  const usual = 0o666 & ~process.umask()
  if (!replaced) {
    await file.chmod(usual)
    return
  }
  const { uid, gid } = replaced
  await file.chown(uid, gid).catch(() => file.chown(-1, gid).catch(() => undefined))
  const now = await file.stat()
  // A mode that somebody else chose, or that was meant for another group, lets nobody in.
  const trusted = now.uid === uid ? 0o777 : usual
  const sameGroup = now.gid === gid ? 0o777 : 0o707
  await file.chmod(replaced.mode & trusted & sameGroup)
}

/** As much of a file's name as leaves room for more within the 255 bytes that file systems take. */
function shortName(path: string): string {
  return Buffer.from(basename(path))
    .subarray(0, 150)
    .toString()
    .replace(/\ufffd+$/, '')
}
