import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const PIECE_LENGTH = 65_536

/**
 * A stream of bytes that tell where they are, made as they are read.
 *
 * @param {number} length
 */
export function createPatternedBytes(length) {
  return Readable.from(makePieces(length), { objectMode: false })
}

/**
 * Writes the same bytes to a file.
 *
 * @param {string} path
 * @param {number} length
 */
export async function writePatternedFile(path, length) {
  await pipeline(createPatternedBytes(length), createWriteStream(path))
}

/**
 * Reads such bytes to their end and looks at one of each 64 KiB: what is measured meanwhile is how they came, not how they are looked at.
 *
 * @param {AsyncIterable<Uint8Array>} chunks
 * @param {number} length
 */
export async function checkPatternedBytes(chunks, length) {
  let position = 0
  for await (const chunk of chunks) {
    for (let index = 0; index < chunk.length; index += PIECE_LENGTH) {
      if (chunk[index] !== Math.floor((position + index) / PIECE_LENGTH) % 256) {
        throw new Error(`another byte than was written at ${position + index}`)
      }
    }
    position += chunk.length
  }
  if (position !== length) throw new Error(`${position} bytes instead of ${length}`)
}

/** @param {number} length */
function* makePieces(length) {
  for (let position = 0; position < length; position += PIECE_LENGTH) {
    yield Buffer.alloc(Math.min(PIECE_LENGTH, length - position), position / PIECE_LENGTH)
  }
}
