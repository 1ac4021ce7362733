import type { Readable } from 'node:stream'
import { waitForAnswer } from './ask-oss.js'

/** What a stream gives; an error when nothing comes for long, or the signal is aborted, while it is waited for. */
export async function* neverIdle(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    for (;;) {
      const next = await waitForAnswer('GetObject', chunks.next(), { signal })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    stream.destroy()
  }
}
