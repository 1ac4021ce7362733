import { randomBytes } from 'node:crypto'
import { CHUNK_LENGTH } from './chunks.mjs'

const BLOCK_LENGTH = 2 ** 20

// All plaintext repeats it, so that it can be checked without a second copy of a GiB.
const block = randomBytes(BLOCK_LENGTH)

/**
 * Plaintext in one buffer.
 *
 * @param {number} length
 */
export function plaintextBytes(length) {
  return Buffer.allocUnsafeSlow(length).fill(block)
}

/**
 * The same plaintext in chunks of 64 KiB. They come from memory that the processor has at hand: a source takes no part in what is measured.
 *
 * @param {number} length
 */
export async function* plaintextChunks(length) {
  for (let at = 0; at < length; at += CHUNK_LENGTH) {
    const start = at % BLOCK_LENGTH
    yield block.subarray(start, start + Math.min(CHUNK_LENGTH, length - at))
  }
}

/**
 * Throws unless `bytes` are the plaintext from `position` on.
 *
 * @param {Uint8Array} bytes
 * @param {number} [position]
 */
export function assertPlaintext(bytes, position = 0) {
  for (let at = 0; at < bytes.length;) {
    const start = (position + at) % BLOCK_LENGTH
    const end = Math.min(bytes.length, at + BLOCK_LENGTH - start)
    if (block.compare(bytes, at, end, start, start + end - at) !== 0) throw new Error('decrypted to something else')
    at = end
  }
}
