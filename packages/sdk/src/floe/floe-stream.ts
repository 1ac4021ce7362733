import { ByteSource } from '../bytes/byte-source.js'
import type { FloeCipher } from './floe-cipher.js'
import { segmentCapacity } from './parameters.js'

/** Encrypts a plaintext from its start: the header, then one segment after the other. Holds one segment at a time. */
export async function* encryptFloe(
  cipher: FloeCipher,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield cipher.header
  let index = 0
  for await (const { chunk, last } of inChunks(plaintext, segmentCapacity(cipher.parameters))) {
    yield await cipher.encryptSegment(index, chunk, last)
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
    const plaintext = await cipher.decryptSegment(index, chunk, last)
    if (plaintext.length > 0) yield plaintext
    index += 1
  }
}

/** Cuts bytes into chunks of `length`, the last of which is shorter or full, or empty when there are no bytes at all. */
async function* inChunks(
  bytes: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<{ readonly chunk: Uint8Array; readonly last: boolean }> {
  const source = new ByteSource(bytes)
  try {
    let chunk = await source.takeUpTo(length)
    for (;;) {
      const next = chunk.length < length ? new Uint8Array(0) : await source.takeUpTo(length)
      yield { chunk, last: next.length === 0 }
      if (next.length === 0) return
      chunk = next
    }
  } finally {
    await source.close()
  }
}
