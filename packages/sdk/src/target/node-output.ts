import { constants } from 'node:buffer'
import { Readable } from 'node:stream'
import { OsscryptError } from '../errors.js'
import { onAbort } from '../retry/on-abort.js'

/** What plaintext is handed out as, in one. */
export type Content = Buffer

/** What plaintext is handed out as, piece by piece. */
export type PlaintextStream = Readable

/** The most bytes that one piece of memory can have. */
export const MAX_BUFFER_LENGTH = constants.MAX_LENGTH

/**
 * A buffer of that length, its content undefined.
 *
 * @throws OsscryptError `LimitExceeded` when the system does not give as much.
 */
export function allocate(length: number): Buffer<ArrayBuffer> {
  try {
    return Buffer.allocUnsafeSlow(length)
  } catch {
    throw new OsscryptError('LimitExceeded', 'more than fits in memory: read it into a file, as a stream, or in parts')
  }
}

/**
 * A stream of plaintext, which is to be read to its end or destroyed.
 *
 * @param close Called once nothing is read any more.
 */
export function toStream(
  plaintext: AsyncGenerator<Uint8Array>,
  signal: AbortSignal | undefined,
  close: () => void = () => undefined,
): Readable {
  let stop: () => void = () => undefined
  const stream = Readable.from(plaintext, { objectMode: false })
  const destroy = stream._destroy.bind(stream)
  // At once: what is left waits for its next bytes before it ends, and a connection that stands still brings none.
  stream._destroy = (error, done) => {
    stop()
    close()
    destroy(error, done)
  }
  const abort = () => void stream.destroy(signal?.reason as Error)
  if (signal?.aborted) abort()
  else stop = onAbort(signal, abort)
  return stream
}
