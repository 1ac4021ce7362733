import { constants, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { FormatError, OsscryptError } from '../errors.js'

/** How a file is opened that was written here and is read back. */
export interface OwnFileOptions {
  /** Goes where a symbolic link leads: for a file that its user names and arranges, not for state in a folder of others. Default false. */
  readonly followLinks?: boolean | undefined
}

// Windows has neither, of which Node's types do not know; an undefined bit is none.
const { O_RDONLY, O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants

/**
 * Opens a file that was written here and is read back. Whoever can write to its folder may have put something else in its place: what is opened is
 * a file that this user (or root) owns and nobody else can write. Neither a pipe nor a device is waited for.
 *
 * @throws OsscryptError `UntrustedFile`; what the file system says.
 */
export function openOwnFile(path: string, { followLinks = false }: OwnFileOptions = {}): Promise<FileHandle> {
  return openChecked(path, O_RDONLY | (followLinks ? 0 : O_NOFOLLOW))
}

/**
 * Opens such a file to read and write it, or makes it, for its owner only. One that has another name, too, is not written.
 *
 * @throws as opening it: `UntrustedFile`, or what the file system says.
 */
export async function openOrMakeOwnFile(path: string): Promise<FileHandle> {
  const file = await openChecked(path, O_RDWR | O_CREAT | O_NOFOLLOW)
  if ((await file.stat()).nlink === 1) return file
  await file.close()
  throw untrusted(path, 'is another file as well')
}

/**
 * The text of such a file; null when there is none.
 *
 * @throws FormatError when it is longer than `maxLength` bytes; as opening it: `UntrustedFile`, or what the file system says.
 */
export async function readOwnFile(path: string, maxLength: number, options?: OwnFileOptions): Promise<string | null> {
  let file
  try {
    file = await openOwnFile(path, options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.min(size, maxLength) + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
      length += bytesRead
      if (bytesRead === 0 || length === buffer.length) break
    }
    if (length > maxLength) throw new FormatError(`${path} is longer than what belongs there`)
    return buffer.toString('utf8', 0, length)
  } finally {
    await file.close()
  }
}

/**
 * Asserts of an open file that it is one of our own.
 *
 * @throws OsscryptError `UntrustedFile`.
 */
export async function assertOwnFile(path: string, file: FileHandle): Promise<void> {
  const problem = problemOf(await file.stat())
  if (problem !== undefined) throw untrusted(path, problem)
}

async function openChecked(path: string, flags: number): Promise<FileHandle> {
  let file
  try {
    file = await open(path, flags | O_NONBLOCK, 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP' || code === 'EMLINK') throw untrusted(path, 'is a symbolic link')
    if (code === 'ENXIO' || code === 'EISDIR') throw untrusted(path, 'is not a file')
    throw error
  }
  try {
    await assertOwnFile(path, file)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function problemOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'is not a file'
  const user = process.geteuid?.()
  // Windows says neither who owns a file nor who may write it.
  if (user === undefined) return undefined
  if (stats.uid !== user && stats.uid !== 0) return 'belongs to another user'
  if ((stats.mode & 0o022) !== 0) return 'can be written by others'
  return undefined
}

/** The error for something that others may have put where a file is. */
export function untrusted(path: string, problem: string): OsscryptError {
  return new OsscryptError('UntrustedFile', `${path} ${problem}: it is not used`)
}
