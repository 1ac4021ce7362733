import { onAbort } from '../retry/on-abort.js'
import type { OpenSource } from './source.js'

/** What can be put: bytes, a Blob or File, or a stream of bytes. */
export type PutSource = Uint8Array | Blob | ReadableStream<Uint8Array>

/** What is known of a source on this platform. */
export type PlatformSource = OpenSource

/** Pieces of this length are read at once. */
const READ_LENGTH = 256 * 1024

/**
 * Prepares what is to be put. Nothing of it is read yet.
 *
 * @throws TypeError for anything that cannot be put.
 */
export function openSource(source: PutSource): Promise<PlatformSource> {
  if (source instanceof Uint8Array) return Promise.resolve(openBytes(source))
  if (source instanceof Blob) return Promise.resolve(openBlob(source))
  if (source instanceof ReadableStream) return Promise.resolve(openStream(source))
  return Promise.reject(new TypeError('only bytes, a Blob or a File, or a ReadableStream can be put'))
}

function openBytes(bytes: Uint8Array): PlatformSource {
  return {
    length: bytes.length,
    rereadable: true,
    bytes,
    extension: undefined,
    read: async function* (_signal, start = 0) {
      for (let at = start; at < bytes.length; at += READ_LENGTH) yield bytes.subarray(at, at + READ_LENGTH)
    },
    assertUnchanged: () => Promise.resolve(),
    discard: () => undefined,
  }
}

/** A Blob does not change; a File whose content did cannot be read any more. */
function openBlob(blob: Blob): PlatformSource {
  const [extension] = blob instanceof File ? (/\.[^./]+$/.exec(blob.name) ?? []) : []
  return {
    length: blob.size,
    rereadable: true,
    extension,
    read: (signal, start = 0) => readStream(blob.slice(start).stream(), signal),
    assertUnchanged: () => Promise.resolve(),
    discard: () => undefined,
  }
}

function openStream(stream: ReadableStream<Uint8Array>): PlatformSource {
  if (stream.locked) throw new TypeError('the stream is locked to another reader')
  return {
    length: undefined,
    rereadable: false,
    extension: undefined,
    read: (signal) => readStream(stream, signal),
    assertUnchanged: () => Promise.resolve(),
    discard: () => {
      if (!stream.locked) void stream.cancel().catch(() => undefined)
    },
  }
}

async function* readStream(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  const cancel = () => void reader.cancel(signal?.reason).catch(() => undefined)
  const stop = onAbort(signal, cancel)
  try {
    for (;;) {
      const next = await reader.read()
      signal?.throwIfAborted()
      if (next.done) return
      const chunk: unknown = next.value
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives something else than bytes')
      yield chunk
    }
  } finally {
    stop()
    cancel()
  }
}
