/** Pieces of this length keep a cipher's output in memory that is reused; one large update faults fresh pages in. */
const PIECE_LENGTH = 64 * 1024

const loneSurrogate = /\p{Surrogate}/u

/** Bytes in pieces of moderate length, without copying. */
export function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_LENGTH) yield bytes.subarray(start, start + PIECE_LENGTH)
}

/**
 * The chunks of a stream as pieces of moderate length; text is taken as UTF-8.
 *
 * @throws TypeError for chunks that are neither bytes nor text, and for text with a lone surrogate, which has no UTF-8 form.
 */
export async function* streamInPieces(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') {
      if (loneSurrogate.test(chunk)) throw new TypeError('the stream gives text with a lone surrogate')
      yield* inPieces(new TextEncoder().encode(chunk))
    } else if (chunk instanceof Uint8Array) yield* inPieces(chunk)
    else throw new TypeError('the stream gives neither bytes nor text')
  }
}
