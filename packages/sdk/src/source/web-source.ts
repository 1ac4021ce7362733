import { readWebStream } from '../bytes/web-stream.js'
import { abortable } from '../retry/retry.js'
import { openBytes } from './bytes-source.js'
import { isFileHandle, type ReadableFileHandle } from './file-handle.js'
import { sameIdentity, sourceChanged, type OpenSource, type SourceIdentity } from './source.js'

/** What can be put: bytes, a Blob or File, a file by its handle, the body of a Response, or a stream of bytes, which nobody else has read. */
export type PutSource =
  ArrayBufferView | ArrayBuffer | Blob | ReadableFileHandle | Response | ReadableStream<Uint8Array>

/** What is known of a source on this platform. */
export interface PlatformSource extends OpenSource {
  /** Of a file that was given by its handle, which outlives the page. */
  readonly handle?: ReadableFileHandle | undefined
}

/** Pieces of this length are given at once. */
const PIECE_LENGTH = 256 * 1024

/**
 * Prepares what is to be put. Nothing of it is read yet.
 *
 * @throws TypeError for anything that cannot be put, or not as a whole.
 */
export async function openSource(source: PutSource): Promise<PlatformSource> {
  if (ArrayBuffer.isView(source))
    return openBytes(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), inPieces)
  if (source instanceof ArrayBuffer) return openBytes(new Uint8Array(source, 0, source.byteLength), inPieces)
  if (source instanceof Blob) return openBlob(source)
  if (isFileHandle(source)) return openHandle(source)
  if (source instanceof Response) return openResponse(source)
  if (source instanceof ReadableStream) return openStream(source)
  throw new TypeError('what can be put: bytes, a Blob, a File or its handle, a Response with a body, a ReadableStream')
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_LENGTH) yield bytes.subarray(at, at + PIECE_LENGTH)
}

/** A Blob does not change; a File whose content did cannot be read any more, in browsers that look. */
function openBlob(blob: Blob): PlatformSource {
  const file = blob instanceof File ? blob : undefined
  const [extension] = /\.[^./]+$/.exec(file?.name ?? '') ?? []
  return {
    length: blob.size,
    rereadable: true,
    mime: blob.type || extension,
    file: file && { path: file.name, identity: identify(file) },
    read: (signal, start = 0) => readBlob(blob.slice(start), signal),
    isUnchanged: () => Promise.resolve(true),
    discard: () => Promise.resolve(),
  }
}

/** A file that can be looked at again. */
async function openHandle(handle: ReadableFileHandle): Promise<PlatformSource> {
  const file = await handle.getFile()
  return {
    ...openBlob(file),
    handle,
    isUnchanged: async () => {
      try {
        return sameIdentity(identify(await handle.getFile()), identify(file))
      } catch (error) {
        if (isNamed(error, 'NotFoundError')) return false
        throw error
      }
    },
  }
}

function identify({ size, lastModified }: File): SourceIdentity {
  return { length: size, modifiedMs: lastModified }
}

async function* readBlob(blob: Blob, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* untilAborted(blob.stream(), signal)
  } catch (error) {
    // What a File says when there is another one in its place, or none.
    if (isNamed(error, 'NotReadableError') || isNamed(error, 'NotFoundError')) throw sourceChanged()
    throw error
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name
}

function openResponse({ ok, body, bodyUsed, headers }: Response): PlatformSource {
  if (!ok) throw new TypeError('the Response is an error’s')
  if (!body || bodyUsed) throw new TypeError('the Response has no body, or it has been read already')
  return { ...openStream(body), mime: headers.get('content-type') ?? undefined }
}

function openStream(stream: ReadableStream<Uint8Array>): PlatformSource {
  if (stream.locked) throw new TypeError('the stream is locked to another reader')
  return {
    length: undefined,
    rereadable: false,
    mime: undefined,
    read: (signal) => untilAborted(stream, signal),
    isUnchanged: () => Promise.resolve(true),
    discard: async () => {
      if (!stream.locked) await stream.cancel().catch(() => undefined)
    },
  }
}

/** A stream's bytes; ends at once with the signal's reason when it is aborted. */
async function* untilAborted(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const chunks = readWebStream(stream)
  try {
    for (;;) {
      const next = await abortable(chunks.next(), signal)
      if (next.done) return
      const chunk: unknown = next.value
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives something else than bytes')
      yield chunk
    }
  } finally {
    void chunks.return(undefined)
  }
}
