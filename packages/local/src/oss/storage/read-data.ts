import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { AnswerStream } from '../protocol/request/answer.js'
import type { DataFolder } from './data-folder.js'
import type { DataPiece } from './object-record.js'

const CHUNK = 512 * 1024

/** A stretch of one data file. */
interface Stretch {
  readonly file: string
  readonly start: number
  readonly length: number
}

/** The stretches of files that make up `length` bytes of the pieces' concatenation, from byte `start` on. */
function stretchesOf(pieces: readonly DataPiece[], start: number, length: number): Stretch[] {
  const stretches: Stretch[] = []
  let pieceStart = 0
  const end = start + length
  for (const piece of pieces) {
    const from = Math.max(start, pieceStart)
    const to = Math.min(end, pieceStart + piece.length)
    if (from < to) stretches.push({ file: piece.file, start: from - pieceStart, length: to - from })
    pieceStart += piece.length
    if (pieceStart >= end) break
  }
  return stretches
}

/** What is read at once rather than as the client takes it. */
export const SMALL = 64 * 1024

/** Buffers of small readings that have ended: new ones for each would have V8 collect garbage all the time. */
const idleSmall: Buffer[] = []

/** Reads a small stretch of data at once. Its bytes are good until it is released. */
export function readSmall(
  folder: DataFolder,
  pieces: readonly DataPiece[],
  start: number,
  length: number,
): AnswerStream {
  const buffer = idleSmall.pop() ?? Buffer.allocUnsafeSlow(SMALL)
  const bytes = buffer.subarray(0, length)
  fill(bytes, folder, pieces, start)
  const release = (): void => {
    if (idleSmall.length < MAX_IDLE) idleSmall.push(buffer)
  }
  return { length, bytes, read: () => oneChunk(bytes), release }
}

async function* oneChunk(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk
}

function fill(bytes: Buffer, folder: DataFolder, pieces: readonly DataPiece[], start: number): void {
  const { length } = bytes
  let at = 0
  for (const stretch of stretchesOf(pieces, start, length)) {
    const descriptor = openSync(folder.pathOf(stretch.file), 'r')
    try {
      for (let done = 0; done < stretch.length;) {
        const count = readSync(descriptor, bytes, at, stretch.length - done, stretch.start + done)
        if (count === 0) throw new Error('a data file is shorter than its record says')
        done += count
        at += count
      }
    } finally {
      closeSync(descriptor)
    }
  }
}

/** Hashes data at once, so that nothing comes between the reading and what is done then. */
export function md5Of(folder: DataFolder, pieces: readonly DataPiece[], length: number): Buffer {
  const md5 = createHash('md5')
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, length))
  for (let at = 0; at < length; at += CHUNK) {
    const bytes = buffer.subarray(0, Math.min(CHUNK, length - at))
    fill(bytes, folder, pieces, at)
    md5.update(bytes)
  }
  return md5.digest()
}

/** Buffers of readings that have ended: new ones for each would have V8 collect garbage for longer than the reading takes. */
const idleBuffers: Buffer[] = []
const MAX_IDLE = 32

/**
 * Reads a stretch of data in chunks, the next of them being read while one is used: a chunk is its user's until the next is asked for. The
 * caller holds the pieces.
 */
export async function* readData(
  folder: DataFolder,
  pieces: readonly DataPiece[],
  start: number,
  length: number,
): AsyncGenerator<Buffer, void, undefined> {
  let buffer = idleBuffers.pop() ?? Buffer.allocUnsafeSlow(CHUNK)
  let other = idleBuffers.pop() ?? Buffer.allocUnsafeSlow(CHUNK)
  for (const stretch of stretchesOf(pieces, start, length)) {
    const handle = await open(folder.pathOf(stretch.file), 'r')
    const readAt = async (done: number, into: Buffer): Promise<number> => {
      const { bytesRead } = await handle.read(into, 0, Math.min(CHUNK, stretch.length - done), stretch.start + done)
      if (bytesRead === 0) throw new Error('a data file is shorter than its record says')
      return bytesRead
    }
    let ahead = readAt(0, buffer)
    try {
      for (let done = 0; done < stretch.length;) {
        const filled = await ahead
        done += filled
        const chunk = buffer.subarray(0, filled)
        ;[buffer, other] = [other, buffer]
        if (done < stretch.length) {
          ahead = readAt(done, buffer)
          ahead.catch(() => undefined)
        }
        yield chunk
      }
    } finally {
      await ahead.catch(() => undefined)
      await handle.close()
    }
  }
  // Not after an early end, when a chunk may still be on its way out.
  if (idleBuffers.length < MAX_IDLE) idleBuffers.push(buffer, other)
}
