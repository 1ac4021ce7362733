import { constants, createReadStream, type Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { findTarget, openFileTarget } from 'osscrypt/files'
import { CommandError, existsError, usageError } from './command-error.js'

/** So much of a file is read at once: each read waits its turn behind the pieces that are being encrypted. */
const READ_LENGTH = 512 * 1024

/** A local file or stdin, opened. */
export interface Input {
  readonly stream: Readable
  /** Undefined for stdin. */
  readonly stats: Stats | undefined
}

/** @param path `-`, or nothing, for stdin. */
export async function openInput(path: string | undefined): Promise<Input> {
  if (path === undefined || path === '-') return { stream: process.stdin, stats: undefined }
  // A pipe that is none of ours would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stats = await file.stat()
  if (stats.isFile()) return { stream: file.createReadStream({ highWaterMark: READ_LENGTH }), stats }
  await file.close()
  throw usageError(`${path} is not a file`)
}

/** What the system says of a file; undefined when there is none. */
export function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined)
}

/** Longer than any signature, key or certificate. */
const MAX_SMALL_LENGTH = 1024 * 1024

/** All of a file, or of a pipe, that holds little: a signature, a key, a certificate. */
export async function readSmallInput(path: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > MAX_SMALL_LENGTH) throw usageError(`${path} is longer than a signature or a key`)
  }
  return Buffer.concat(chunks)
}

/**
 * Asserts that an output may be written before anything is read.
 *
 * @param path `-`, or nothing, for stdout.
 */
export async function checkOutput(
  path: string | undefined,
  { stats }: Pick<Input, 'stats'>,
  force: boolean,
): Promise<void> {
  if (path === undefined || path === '-') return
  const there = await statOf(path)
  if (!there) return
  if (there.dev === stats?.dev && there.ino === stats.ino) {
    throw new CommandError('usage', 'SameFile', `${path} is input and output at once`)
  }
  if (!there.isFile()) throw usageError(`${path} is not a file`)
  if (!force) throw new CommandError('refused', 'Exists', existsError(path).message, '--force replaces it')
}

/**
 * Asserts that two outputs, which need not be there yet, are two files.
 *
 * @throws CommandError.
 */
export async function checkApart(one: string, other: string): Promise<void> {
  const [left, right] = await Promise.all([findTarget(one), findTarget(other)])
  if (left.path === right.path)
    throw new CommandError('usage', 'SameFile', `${one} and ${other} are one file, and two are written`)
}

/**
 * Writes all of a stream to a file, which gets its name when the stream has ended well, or to stdout.
 *
 * @param force Takes the place of a file that has come there meanwhile, too.
 */
export async function writeOutput(
  path: string | undefined,
  stream: Readable,
  signal: AbortSignal,
  force: boolean,
): Promise<void> {
  if (path === undefined || path === '-') {
    await pipeline(stream, process.stdout, { end: false, signal })
    return
  }
  const target = await openFileTarget(path, { replace: force })
  try {
    const file = target.writeFrom(0)
    const write = async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await file.append(chunk)
    }
    await pipeline(stream, write, { signal })
    await target.commit()
  } finally {
    await target.dispose()
  }
}

/** Names, a line each, of a file or stdin; a list of names is as long as it is. */
export async function readLines(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { createInterface } = await import('node:readline')
  const input = path === '-' ? process.stdin : createReadStream(path, { signal })
  const lines: string[] = []
  for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line !== '') lines.push(line)
  return lines
}
