import { isAnyArrayBuffer } from 'node:util/types'
import { breath } from '../crypto/node-breath.js'

/** Pieces of this length show on a slow network that something moves. */
const PIECE_LENGTH = 64 * 1024

const loneSurrogate = /\p{Surrogate}/u

/** Bytes in pieces of moderate length, without copying. */
export function* inPieces(bytes: Uint8Array, pieceLength = PIECE_LENGTH): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceLength) yield bytes.subarray(start, start + pieceLength)
}

/**
 * The bytes of a typed array, a DataView or an array buffer, of this or another realm (as in Jest); undefined for what is none. They are not copied.
 *
 * @throws TypeError when they have been transferred to somewhere else.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return isAnyArrayBuffer(value) ? new Uint8Array(value, 0, value.byteLength) : undefined
}

/**
 * A stream's chunk as bytes; text is taken as UTF-8.
 *
 * @throws TypeError for what is neither bytes nor text, and for text with a lone surrogate, which has no UTF-8 form.
 */
export function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk !== 'string') {
    const bytes = bytesOf(chunk)
    if (bytes) return bytes
    throw new TypeError('the stream gives neither bytes nor text')
  }
  if (loneSurrogate.test(chunk)) throw new TypeError('the stream gives text with a lone surrogate')
  return new TextEncoder().encode(chunk)
}

/**
 * The chunks of a stream as pieces of moderate length. The event loop gets its turn between them.
 *
 * @throws as {@link toBytes}.
 */
export async function* streamInPieces(chunks: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (const piece of inPieces(toBytes(chunk))) {
      const turn = breath()
      if (turn) await turn
      yield piece
    }
  }
}
