import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { DataFolder } from './data-folder.js'
import type { DataPiece } from './object-record.js'

const CHUNK = 256 * 1024

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

/** Reads a stretch of data at once; for small lengths. */
export function readDataSync(folder: DataFolder, pieces: readonly DataPiece[], start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
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
  return bytes
}

/** Reads a stretch of data in chunks, the next of them being read while one is used. The caller holds the pieces. */
export async function* readData(
  folder: DataFolder,
  pieces: readonly DataPiece[],
  start: number,
  length: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (const stretch of stretchesOf(pieces, start, length)) {
    const handle = await open(folder.pathOf(stretch.file), 'r')
    const readAt = async (done: number): Promise<Buffer> => {
      const bytes = Buffer.allocUnsafeSlow(Math.min(CHUNK, stretch.length - done))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, stretch.start + done)
      if (bytesRead === 0) throw new Error('a data file is shorter than its record says')
      return bytes.subarray(0, bytesRead)
    }
    let ahead: Promise<Buffer> | undefined
    try {
      let done = 0
      let next = readAt(0)
      while (done < stretch.length) {
        const bytes = await next
        done += bytes.length
        if (done < stretch.length) {
          next = readAt(done)
          next.catch(() => undefined)
          ahead = next
        }
        yield bytes
      }
    } finally {
      await ahead?.catch(() => undefined)
      await handle.close()
    }
  }
}
