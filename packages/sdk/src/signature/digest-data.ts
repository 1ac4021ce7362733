import { Readable } from 'node:stream'
import { abortable } from '../retry/retry.js'
import { startHash, type HashName } from './hash.js'
import type { SignedData } from './signature-verifier.js'

/**
 * Hashes `prefix` and then the data; a stream chunk by chunk, to its end.
 *
 * @throws TypeError when the data is not bytes; what the stream fails with; the signal's reason, after which the stream
 *   is closed.
 */
export async function digestData(
  name: HashName,
  prefix: Uint8Array | undefined,
  data: SignedData,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  signal?.throwIfAborted()
  const hash = startHash(name)
  if (prefix) hash.update(prefix)
  if (data instanceof Uint8Array) return hash.update(data).digest()
  for await (const chunk of chunksOf(data, signal)) hash.update(chunk)
  return hash.digest()
}

async function* chunksOf(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (!isAsyncIterable(stream)) throw new TypeError('what is signed is bytes or a stream of bytes; encode text first')
  const chunks = stream[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      // A stream that has stalled is not waited for once the signal is aborted.
      const next = await abortable(chunks.next(), signal)
      ended = next.done ?? false
      if (next.done) return
      if (!(next.value instanceof Uint8Array)) throw new TypeError('a chunk that is not bytes')
      yield next.value
    }
  } finally {
    if (!ended) close(stream, chunks)
  }
}

/**
 * A generator that waits for a chunk does not hear that it is to return before the chunk comes; a Readable can be
 * destroyed.
 */
function close(stream: AsyncIterable<Uint8Array>, chunks: AsyncIterator<Uint8Array>): void {
  if (stream instanceof Readable) stream.destroy()
  else void Promise.resolve(chunks.return?.()).catch(() => undefined)
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
