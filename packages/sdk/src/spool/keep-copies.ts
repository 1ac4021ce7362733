import { ByteSource } from '../bytes/byte-source.js'
import type { ByteSpool } from './spool.js'

/** What is known of bytes that are kept. */
export interface KeepOptions {
  /** How many are expected: for few of them little memory is taken. Default: not known. */
  readonly length?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Passes bytes on, and keeps copies of them: what was checked when it came must be what is read again, whoever has the chunk. A piece is its
 * reader's until it asks for the next.
 */
export async function* keepCopies(
  chunks: AsyncIterable<Uint8Array>,
  spool: ByteSpool,
  { length = Infinity, signal }: KeepOptions = {},
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(chunks)
  try {
    for (;;) {
      // One byte more: only room that is not filled says that there is no more.
      const room = spool.room(spool.length > length ? Infinity : length - spool.length + 1)
      const copy = room.subarray(0, await source.takeInto(room))
      signal?.throwIfAborted()
      if (copy.length > 0) {
        await spool.append(copy)
        yield copy
      }
      if (copy.length < room.length) return
    }
  } finally {
    await source.close()
  }
}
