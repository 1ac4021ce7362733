import type { ByteSpool } from './spool.js'

/** Passes bytes on, and keeps copies of them: what was checked when it came must be what is read again, whoever has the chunk. */
export async function* keepCopies(
  chunks: AsyncIterable<Uint8Array>,
  spool: ByteSpool,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    const copy = new Uint8Array(chunk)
    await spool.append(copy)
    yield copy
  }
}
