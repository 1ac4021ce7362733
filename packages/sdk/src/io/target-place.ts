import type { Stats } from 'node:fs'
import { lstat, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { untrusted } from './own-file.js'

/** Where a file is or will be. */
export interface TargetPlace {
  /** Absolute, with all symbolic links followed. */
  readonly path: string
  /** What the system says of the file that is there; undefined when there is none. */
  readonly replaced: Stats | undefined
}

/** As many as the system follows. */
const MAX_LINKS = 40

/**
 * Finds out where a path leads, also where there is nothing yet.
 *
 * @throws TypeError when there is something else than a file, which a rename would replace; OsscryptError `UntrustedFile` when it is a link or a file that
 *   somebody else put into a folder where everybody may; what the file system says.
 */
export async function findTarget(path: string): Promise<TargetPlace> {
  const there = await unlessMissing(stat(path))
  if (there && !there.isFile()) throw new TypeError(`${path} is not a file: what is no file is written to as a stream`)
  const target = await followLinks(path)
  const replaced = await unlessMissing(lstat(target))
  // /dev/stdout leads to a file that is open, whatever has its name by now.
  if (there?.ino !== replaced?.ino || there?.dev !== replaced?.dev) {
    throw new TypeError(`${path} leads to a file that has no name`)
  }
  return { path: target, replaced }
}

async function followLinks(path: string): Promise<string> {
  let at = resolve(path)
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const folder = await realpath(dirname(at))
    at = join(folder, basename(at))
    const found = await unlessMissing(lstat(at))
    if (!found) return at
    await assertNotForeign(at, found, folder)
    if (!found.isSymbolicLink()) return at
    at = resolve(folder, await readlink(at))
  }
  throw new TypeError(`${path} leads from link to link`)
}

/**
 * What others leave in a folder where everybody may, such as /tmp, is a trap as likely as not. Linux has the same rules for what is opened by
 * name (protected_symlinks, protected_regular), and they do not hold for what is renamed.
 */
async function assertNotForeign(path: string, found: Stats, folder: string): Promise<void> {
  const user = process.geteuid?.()
  if (user === undefined || found.uid === user) return
  const { mode, uid: owner } = await stat(folder)
  const shared = (mode & 0o1002) === 0o1002
  if (shared && found.uid !== owner) throw untrusted(path, 'was put there by another user')
}

async function unlessMissing(looking: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await looking
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
