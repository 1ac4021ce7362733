import { randomUUID } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandError, existsError, usageError } from './command-error.js'

/** A local file or stdin, opened. */
export interface Input {
  readonly stream: Readable
  /** Undefined for stdin. */
  readonly stats: Stats | undefined
}

/** @param path `-`, or nothing, for stdin. */
export async function openInput(path: string | undefined): Promise<Input> {
  if (path === undefined || path === '-') return { stream: process.stdin, stats: undefined }
  const stats = await stat(path)
  if (!stats.isFile()) throw usageError(`${path} is not a file`)
  return { stream: createReadStream(path), stats }
}

/**
 * Asserts that an output may be written before anything is read.
 *
 * @param path `-`, or nothing, for stdout.
 */
export async function checkOutput(path: string | undefined, { stats }: Input, force: boolean): Promise<void> {
  if (path === undefined || path === '-') return
  const there = await stat(path).catch(() => undefined)
  if (!there) return
  if (there.dev === stats?.dev && there.ino === stats.ino) {
    throw new CommandError('usage', 'SameFile', `${path} is input and output at once`)
  }
  if (!there.isFile()) throw usageError(`${path} is not a file`)
  if (!force) throw new CommandError('refused', 'Exists', existsError(path).message, '--force replaces it')
}

/** Writes all of a stream to a file, which gets its name when the stream has ended well, or to stdout. */
export async function writeOutput(path: string | undefined, stream: Readable, signal: AbortSignal): Promise<void> {
  if (path === undefined || path === '-') {
    await pipeline(stream, process.stdout, { end: false, signal })
    return
  }
  const target = await realpath(path).catch(() => join(dirname(path), basename(path)))
  const temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.part`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    const write = async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await writeAll(file, chunk)
    }
    await pipeline(stream, write, { signal })
    await file.sync()
    // As a file that is written in the ordinary way would have it.
    await file.chmod(0o666 & ~currentUmask())
    await file.close()
    await rename(temporary, target)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written)).bytesWritten
  }
}

function currentUmask(): number {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it
  return process.umask()
}
