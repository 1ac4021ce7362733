import { mapInOrder } from '../crypto/map-in-order.js'
import { cutChunks } from './cut-chunks.js'
import type { FloeCipher } from './floe-cipher.js'
import { segmentCapacity } from './parameters.js'

/** Encrypts a plaintext from its start: the header, then one segment after the other, in pieces. Holds a few segments at a time. */
export async function* encryptFloe(
  cipher: FloeCipher,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield cipher.header
  const chunks = cutChunks(plaintext, segmentCapacity(cipher.parameters))
  for await (const pieces of mapInOrder(chunks, ({ index, chunk, last }) =>
    cipher.encryptSegmentInPieces(index, chunk, last),
  )) {
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
): AsyncGenerator<Uint8Array> {
  const chunks = cutChunks(segments, cipher.parameters.segmentLength)
  yield* mapInOrder(chunks, ({ index, chunk, last }) => cipher.decryptSegment(index, chunk, last))
}
