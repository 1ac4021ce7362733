import { OsscryptError } from '../errors.js'
import { onAbort } from '../retry/on-abort.js'

/** What plaintext is handed out as, in one. */
export type Content = Uint8Array<ArrayBuffer>

/** What plaintext is handed out as, piece by piece. */
export type PlaintextStream = ReadableStream<Uint8Array>

/** The most bytes that one piece of memory can have, in all browsers. */
export const MAX_BUFFER_LENGTH = 2 ** 31 - 1

/**
 * A buffer of that length.
 *
 * @throws OsscryptError `LimitExceeded` when the system does not give as much.
 */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length)
  } catch {
    throw new OsscryptError('LimitExceeded', 'more than fits in memory: read it into a file, as a stream, or in parts')
  }
}

/**
 * A stream of plaintext, which is to be read to its end or cancelled.
 *
 * @param close Called once nothing is read any more.
 */
export function toStream(
  plaintext: AsyncGenerator<Uint8Array>,
  signal: AbortSignal | undefined,
  close: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  let stop: () => void = () => undefined
  const end = () => {
    stop()
    close()
  }
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const abort = () => {
        controller.error(signal?.reason)
        end()
      }
      if (signal?.aborted) abort()
      else stop = onAbort(signal, abort)
    },
    pull: async (controller) => {
      try {
        const next = await plaintext.next()
        if (!next.done) {
          controller.enqueue(next.value)
          return
        }
        controller.close()
      } catch (error) {
        controller.error(error)
      }
      end()
    },
    cancel: async () => {
      end()
      await plaintext.return(undefined)
    },
  })
}
