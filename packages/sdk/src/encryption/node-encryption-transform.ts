import { Duplex } from 'node:stream'
import type { ReadableStream, WritableStream } from 'node:stream/web'
import { PieceDuplex } from '../io/piece-duplex.js'
import { onAbort } from '../retry/on-abort.js'
import type { EncryptionInfo } from '../keys/verified-header.js'

/** A transform of bytes that also says what is in the header. */
export type EncryptionTransform = Duplex & {
  /** Resolves when the header is written, or read and verified; rejects with the stream's error when it comes before that. */
  readonly encryption: Promise<EncryptionInfo>
}

/** The same as a pair of web streams, for `pipeThrough`. */
export interface EncryptionTransformPair {
  readonly writable: WritableStream<Uint8Array>
  readonly readable: ReadableStream<Uint8Array>
  readonly encryption: Promise<EncryptionInfo>
}

/** Makes the pieces of a transform; `signal` is aborted when the caller's is, and when the stream is destroyed. */
export type Transform = (
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onHeader: (encryption: EncryptionInfo) => void,
) => AsyncGenerator<Uint8Array>

/** A stream over `transform`, destroyed with the signal's reason when it is aborted. */
export function toTransform(transform: Transform, signal: AbortSignal | undefined): EncryptionTransform {
  let settle: { resolve: (encryption: EncryptionInfo) => void; reject: (error: unknown) => void } | undefined
  const encryption = new Promise<EncryptionInfo>((resolve, reject) => {
    settle = { resolve, reject }
  })
  encryption.catch(() => undefined)
  const stream = new PieceDuplex((pieces, ended) => transform(pieces, ended, (info) => settle?.resolve(info)))
  const abort = () => stream.destroy(signal?.reason as Error)
  if (signal?.aborted) abort()
  const unlisten = onAbort(signal, abort)
  stream.once('close', () => {
    unlisten()
    settle?.reject(stream.errored ?? new Error('the stream was closed before its header'))
  })
  return Object.assign(stream, { encryption })
}

/** The same as a pair of web streams. */
export function toPair(transform: Transform, signal: AbortSignal | undefined): EncryptionTransformPair {
  const stream = toTransform(transform, signal)
  const { readable, writable } = Duplex.toWeb(stream) as Pick<EncryptionTransformPair, 'readable' | 'writable'>
  return { readable, writable, encryption: stream.encryption }
}
