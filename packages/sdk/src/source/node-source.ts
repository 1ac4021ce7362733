import type { Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { inPieces, streamInPieces } from '../io/pieces.js'
import { abortable } from '../retry/retry.js'
import { sourceChanged, type OpenSource } from './source.js'

/** What can be put: bytes, the path of a file, or a stream of bytes (text in it is taken as UTF-8). */
export type PutSource = Uint8Array | string | Readable | ReadableStream

/** What is known of a source on this platform. */
export interface PlatformSource extends OpenSource {
  /** What the file system said of it; undefined for what is no file. */
  readonly file?: FileIdentity | undefined
}

/** What tells a file from what it is after a change. */
export interface FileIdentity {
  readonly length: number
  readonly mtimeMs: number
  readonly inode: number
}

/** So much of a file is read at once. */
const READ_LENGTH = 256 * 1024

/**
 * Prepares what is to be put. Nothing of it is read yet.
 *
 * @throws TypeError for anything that cannot be put; what the file system says of a path.
 */
export async function openSource(source: PutSource): Promise<PlatformSource> {
  if (source instanceof Uint8Array) {
    return {
      length: source.length,
      rereadable: true,
      bytes: source,
      extension: undefined,
      read: (_signal, start = 0) => streamInPieces([source.subarray(start)]),
      assertUnchanged: () => Promise.resolve(),
      discard: () => undefined,
    }
  }
  if (typeof source === 'string') {
    const stats = await statFile(source)
    if (!stats.isFile()) throw new TypeError(`${source} is not a file`)
    const extension = extname(source) || undefined
    return {
      length: stats.size,
      rereadable: true,
      extension,
      read: (_signal, start = 0) => readFile(source, start),
      file: identify(stats),
      assertUnchanged: async () => {
        if (!sameFile(identify(stats), identify(await stat(source)))) throw sourceChanged()
      },
      discard: () => undefined,
    }
  }
  const stream = toReadable(source)
  // It may fail before it is read; reading it then says so.
  stream.on('error', () => undefined)
  return {
    length: undefined,
    rereadable: false,
    extension: undefined,
    read: (signal) => readStream(stream, signal),
    assertUnchanged: () => Promise.resolve(),
    discard: () => void stream.destroy(),
  }
}

function identify({ size, mtimeMs, ino }: Stats): FileIdentity {
  return { length: size, mtimeMs, inode: ino }
}

/** Whether two looks at a file saw the same, by what the file system says. */
export function sameFile(left: FileIdentity, right: FileIdentity): boolean {
  return left.length === right.length && left.mtimeMs === right.mtimeMs && left.inode === right.inode
}

async function statFile(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new TypeError(`there is no file ${path}; text to be stored is given as bytes`, { cause: error })
  }
}

function toReadable(source: Readable | ReadableStream): Readable {
  if (source instanceof Readable) {
    if (source.destroyed || source.readableEnded) throw new TypeError('the stream has been read or destroyed already')
    return source
  }
  const candidate: unknown = source
  if (typeof candidate === 'object' && candidate !== null && 'getReader' in candidate) {
    if (source.locked) throw new TypeError('the stream is locked to another reader')
    return Readable.fromWeb(source)
  }
  // A Readable of another copy of the stream package.
  if (typeof candidate === 'object' && candidate !== null && 'pipe' in candidate)
    return new Readable().wrap(candidate as unknown as NodeJS.ReadableStream)
  throw new TypeError('only bytes, the path of a file, or a stream can be put')
}

/** A file's bytes from `start` on. The next are being read while those before are used. */
async function* readFile(path: string, start: number): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  let position = start
  const readInto = (target: Buffer) => file.read(target, 0, READ_LENGTH, position)
  let buffer: Buffer = Buffer.allocUnsafeSlow(READ_LENGTH)
  let spare: Buffer | undefined
  let reading = readInto(buffer)
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      const bytes = buffer.subarray(0, bytesRead)
      position += bytesRead
      const next = (spare ??= Buffer.allocUnsafeSlow(READ_LENGTH))
      spare = buffer
      buffer = next
      reading = readInto(buffer)
      reading.catch(() => undefined)
      yield* inPieces(bytes)
    }
  } finally {
    await reading.catch(() => undefined)
    await file.close()
  }
}

async function* readStream(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* streamInPieces(untilAborted(stream, signal))
  } finally {
    stream.destroy()
  }
}

async function* untilAborted(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<unknown>
  for (;;) {
    const next = await abortable(iterator.next(), signal)
    if (next.done) return
    yield next.value
  }
}
