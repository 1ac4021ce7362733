import { randomUUID } from 'node:crypto'
import { chmod, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { WriteBehind } from './write-behind.js'

/** A file that gets its name when its content is known to be right, and not before. */
export interface FileTarget {
  /** Writes the bytes from `start` on. Several may write at a time, each its own stretch; what they are given stays as it is until it is written. */
  writeFrom(start: number): WriteBehind
  /** Gives the file its name, in place of what had it, when all that was written is on the disk. */
  commit(): Promise<void>
  /** Removes whatever was written; does nothing after {@link commit}. */
  dispose(): Promise<void>
}

/** Where a file is or will be. */
export interface TargetPlace {
  /** Absolute, with all symbolic links followed. */
  readonly path: string
  /** Of the file that is there; undefined when there is none. */
  readonly mode: number | undefined
}

/**
 * Finds out where a path leads.
 *
 * @throws TypeError when there is something else than a file; what the file system says.
 */
export async function findTarget(path: string): Promise<TargetPlace> {
  return (await existing(path)) ?? { path: join(await realpath(dirname(path)), basename(path)), mode: undefined }
}

/** The path of a hidden file beside `target`. */
export function pathBeside(target: string, id: string, ending: 'part' | 'ciphertext'): string {
  return join(dirname(target), `.${shortName(target)}.${id}.${ending}`)
}

/**
 * Prepares to write a file, beside where it will be. A symbolic link is followed, the mode of a file that is replaced is kept.
 *
 * @param id What makes the name of what is beside it unique.
 * @throws as {@link findTarget}.
 */
export async function openFileTarget(path: string, id: string = randomUUID()): Promise<FileTarget> {
  const { path: target, mode } = await findTarget(path)
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
      await file.close()
      // Nothing but this tells what mode a new file would have had.
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other call, and a race would give a mode that was right before
      await chmod(temporary, mode ?? 0o666 & ~process.umask())
      await rename(temporary, target)
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

async function existing(path: string): Promise<{ path: string; mode: number } | undefined> {
  let real
  try {
    real = await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const stats = await stat(real)
  if (!stats.isFile()) throw new TypeError(`${path} is not a file`)
  return { path: real, mode: stats.mode & 0o777 }
}

/** As much of a file's name as leaves room for more within the 255 bytes that file systems take. */
function shortName(path: string): string {
  return Buffer.from(basename(path))
    .subarray(0, 150)
    .toString()
    .replace(/\ufffd+$/, '')
}
