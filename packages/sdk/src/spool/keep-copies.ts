import { ByteSource } from '../bytes/byte-source.js'
import type { ByteSpool } from './spool.js'

/**
 * Passes bytes on, and keeps copies of them: what was checked when it came must be what is read again, whoever has the chunk. A piece is its
 * reader's until it asks for the next.
 */
export async function* keepCopies(
  chunks: AsyncIterable<Uint8Array>,
  spool: ByteSpool,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(chunks)
  try {
    for (;;) {
      const room = spool.room()
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
