import { reuseBuffers } from '../crypto/map-in-order.js'

/** A stretch of bytes that becomes a segment, or was one. It is its taker's until it has been worked on; see `mapInOrder`. */
export interface Chunk {
  readonly index: number
  readonly chunk: Uint8Array
  readonly last: boolean
}

/**
 * Cuts bytes into chunks of `length`, the last of which is shorter or full, or empty when there are no bytes at all.
 *
 * @param atOnce How many of them are worked on at a time.
 */
export async function* cutChunks(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
  atOnce: number,
): AsyncGenerator<Chunk> {
  const nextBuffer = reuseBuffers(length, atOnce)
  let held = new Uint8Array(0)
  let filled = 0
  let index = 0
  for await (const piece of pieces) {
    let rest = piece
    while (rest.length > 0) {
      // That more follows is known now.
      if (filled === length) {
        yield { index: index++, chunk: held, last: false }
        held = nextBuffer()
        filled = 0
      }
      const part = rest.subarray(0, length - filled)
      if (filled + part.length > held.length) held = grow(held.subarray(0, filled), filled + part.length, length)
      held.set(part, filled)
      filled += part.length
      rest = rest.subarray(part.length)
    }
  }
  yield { index, chunk: held.subarray(0, filled), last: true }
}

/** A larger buffer with the same start: for what is short, not as large as it could become. */
function grow(held: Uint8Array, needed: number, most: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * held.length)))
  larger.set(held)
  return larger
}
