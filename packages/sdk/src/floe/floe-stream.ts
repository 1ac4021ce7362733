import type { FloeCipher } from './floe-cipher.js'
import { segmentCapacity } from './parameters.js'

/** Encrypts a plaintext from its start: the header, then one segment after the other, in pieces. Holds one segment at a time. */
export async function* encryptFloe(
  cipher: FloeCipher,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield cipher.header
  let index = 0
  for await (const { chunk, last } of inChunks(plaintext, segmentCapacity(cipher.parameters))) {
    yield* await cipher.encryptSegmentInPieces(index, chunk, last)
    index += 1
  }
}

/**
 * Decrypts the segments of a message from the first to the last. Everything handed out is verified, and a true beginning of the plaintext; that
 * it is all of it is known when this returns.
 *
 * @param segments The bytes after the header.
 * @throws IntegrityError.
 */
export async function* decryptFloe(
  cipher: FloeCipher,
  segments: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let index = 0
  for await (const { chunk, last } of inChunks(segments, cipher.parameters.segmentLength)) {
    yield* await cipher.decryptSegmentInPieces(index, chunk, last)
    index += 1
  }
}

/**
 * Cuts bytes into chunks of `length`, the last of which is shorter or full, or empty when there are no bytes at all. A chunk is its reader's
 * until the next is asked for.
 */
async function* inChunks(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<{ readonly chunk: Uint8Array; readonly last: boolean }> {
  let held = new Uint8Array(0)
  let filled = 0
  for await (const piece of pieces) {
    let rest = piece
    while (rest.length > 0) {
      // That more follows is known now.
      if (filled === length) {
        yield { chunk: held, last: false }
        filled = 0
      }
      if (filled === 0 && rest.length > length) {
        yield { chunk: rest.subarray(0, length), last: false }
        rest = rest.subarray(length)
        continue
      }
      const part = rest.subarray(0, length - filled)
      if (filled + part.length > held.length) held = grow(held.subarray(0, filled), filled + part.length, length)
      held.set(part, filled)
      filled += part.length
      rest = rest.subarray(part.length)
    }
  }
  yield { chunk: held.subarray(0, filled), last: true }
}

/** A larger buffer with the same start: for what is short, not as large as it could become. */
function grow(held: Uint8Array, needed: number, most: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * held.length)))
  larger.set(held)
  return larger
}
