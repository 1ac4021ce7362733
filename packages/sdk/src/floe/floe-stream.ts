import { concurrencyFor, mapInOrder } from '../crypto/map-in-order.js'
import { cutChunks, type Chunk } from './cut-chunks.js'
import type { FloeCipher } from './floe-cipher.js'
import { segmentCapacity } from './parameters.js'

/**
 * Encrypts a plaintext from its start: the header, then one segment after the other, in pieces.
 *
 * @param concurrency So many segments are worked on at a time, fewer of large ones. Default 4.
 */
export async function* encryptFloe(
  cipher: FloeCipher,
  plaintext: AsyncIterable<Uint8Array>,
  concurrency?: number,
): AsyncGenerator<Uint8Array> {
  yield cipher.header
  const atOnce = concurrencyFor(cipher.parameters.segmentLength, concurrency)
  const chunks = cutChunks(plaintext, segmentCapacity(cipher.parameters), atOnce)
  const encrypt = ({ index, chunk, last }: Chunk) => cipher.encryptSegmentInPieces(index, chunk, last)
  for await (const pieces of mapInOrder(chunks, encrypt, atOnce)) {
    yield* pieces
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
  concurrency?: number,
): AsyncGenerator<Uint8Array> {
  const { segmentLength } = cipher.parameters
  const atOnce = concurrencyFor(segmentLength, concurrency)
  const chunks = cutChunks(segments, segmentLength, atOnce)
  yield* mapInOrder(chunks, ({ index, chunk, last }) => cipher.decryptSegment(index, chunk, last), atOnce)
}
