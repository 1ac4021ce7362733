import { Writable } from 'node:stream'

/** Bytes of the chunks that streams get. */
export const CHUNK_LENGTH = 65_536

/** @typedef {import('./peers/contestant.js').Sink} Sink */

/**
 * The end of a pipeline that gives all chunks to `sink`.
 *
 * @param {Sink} sink
 */
export function toWritable(sink) {
  return new Writable({
    write(chunk, _encoding, callback) {
      sink(chunk)
      callback()
    },
  })
}

/**
 * A sink that copies what comes, of whatever lengths, into chunks of 64 KiB that a stream can be fed with.
 *
 * @returns {{ sink: Sink; take: () => Uint8Array[] }} `take` gives the chunks, of which the last may be shorter.
 */
export function collectChunks() {
  /** @type {Uint8Array[]} */
  const chunks = []
  let filling = Buffer.allocUnsafeSlow(CHUNK_LENGTH)
  let filled = 0
  return {
    sink(bytes) {
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + CHUNK_LENGTH - filled)
        filling.set(part, filled)
        at += part.length
        filled += part.length
        if (filled < CHUNK_LENGTH) continue
        chunks.push(filling)
        filling = Buffer.allocUnsafeSlow(CHUNK_LENGTH)
        filled = 0
      }
    },
    take: () => (filled > 0 ? [...chunks, filling.subarray(0, filled)] : chunks),
  }
}

/**
 * Chunks as a stream's source: an async generator costs least, and costs all contestants the same.
 *
 * @param {readonly Uint8Array[]} chunks
 */
export async function* fromChunks(chunks) {
  for (const chunk of chunks) yield chunk
}
