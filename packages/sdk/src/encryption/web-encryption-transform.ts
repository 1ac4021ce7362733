import type { EncryptionInfo } from '../keys/verified-header.js'
import { linkAbort } from '../retry/linked-abort.js'
import { abortable } from '../retry/retry.js'
import { openIntake } from './web-intake.js'

/** A transform of bytes as a pair of web streams, for `pipeThrough`, that also says what is in the header. */
export interface EncryptionTransformPair {
  readonly writable: WritableStream<Uint8Array>
  readonly readable: ReadableStream<Uint8Array>
  /** Resolves when the header is written, or read and verified; rejects with the stream's error when it comes before that. */
  readonly encryption: Promise<EncryptionInfo>
}

/** Node's streams, which are not here. */
export type EncryptionTransform = never

/** Makes the pieces of a transform; `signal` is aborted when the caller's is, and when the stream is cancelled. */
export type Transform = (
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onHeader: (encryption: EncryptionInfo) => void,
) => AsyncGenerator<Uint8Array>

/** @throws TypeError. */
export function toTransform(_transform: Transform, _signal: AbortSignal | undefined): EncryptionTransform {
  throw new TypeError('on this platform streams are web streams: encryptWebStream, decryptWebStream')
}

/** A pair of streams over `transform`, which fails with the signal's reason when it is aborted. */
export function toPair(transform: Transform, signal: AbortSignal | undefined): EncryptionTransformPair {
  const { writable, chunks, fail } = openIntake()
  const link = linkAbort(signal)
  let settle: { resolve: (encryption: EncryptionInfo) => void; reject: (error: unknown) => void } | undefined
  const encryption = new Promise<EncryptionInfo>((resolve, reject) => {
    settle = { resolve, reject }
  })
  encryption.catch(() => undefined)
  const pieces = transform(readUntilAborted(chunks, link.signal), link.signal, (info) => settle?.resolve(info))
  const end = (error: unknown) => {
    link.release()
    settle?.reject(error)
  }
  const stop = (reason: unknown) => {
    link.abort(reason)
    end(reason)
    // Whoever writes is told; and so are pieces that wait for nothing, and do not hear of the signal.
    fail(reason)
    pieces.return(undefined).catch(() => undefined)
  }
  const readable = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const next = await abortable(pieces.next(), link.signal)
        if (!next.done) {
          controller.enqueue(next.value)
          return
        }
        controller.close()
        end(new Error('the stream was closed before its header'))
      } catch (error) {
        controller.error(error)
        stop(error)
      }
    },
    cancel: stop,
  })
  return { readable, writable, encryption }
}

async function* readUntilAborted(
  chunks: AsyncGenerator<unknown, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value: chunk } = await abortable(chunks.next(), signal)
    if (done) return
    if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives something else than bytes')
    yield chunk
  }
}
