import type { FileHandle } from 'node:fs/promises'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { fileURLToPath, type URL } from 'node:url'
import { bytesOf, streamInPieces } from '../io/pieces.js'
import { openBytes } from './bytes-source.js'
import { openFileSource, openHandleSource } from './node-file-source.js'
import { sourceChanged, type OpenSource } from './source.js'
import {
  openIterableSource,
  openOldStreamSource,
  openReadableSource,
  openWebStreamSource,
  readChunks,
  type WebStream,
} from './node-stream-source.js'

/** What is known of a source on this platform. */
export type PlatformSource = OpenSource

/**
 * What can be put: bytes; a file by its path, its `file:` URL, or open; a Blob or File; the body of a Response or Request; a stream, or another async
 * iterable, of bytes (text in it is taken as UTF-8). A stream must not have been read by anybody else. Buffers are not copied, and must stay as
 * they are until they have been sent.
 */
export type PutSource =
  | ArrayBufferView
  | ArrayBufferLike
  | string
  | URL
  | FileHandle
  | BlobSource
  | BodySource
  | Readable
  | ReadableStream
  | AsyncIterable<Uint8Array | string>

/** A Blob or File, of Node's or another implementation. */
export interface BlobSource {
  readonly size: number
  readonly type: string
  slice(start?: number): BlobSource
  stream(): unknown
}

/** A Response or Request. */
export interface BodySource {
  readonly body: unknown
  readonly bodyUsed: boolean
}

const TAKEN =
  'what can be put: bytes (a typed array, a DataView, an ArrayBuffer), a file (its path, its `file:` URL, a FileHandle), a Blob, ' +
  'a Response or Request with a body, a readable stream, an async iterable of bytes'

/**
 * Prepares what is to be put. Nothing of it is read yet.
 *
 * @throws TypeError for anything that cannot be put, or not as a whole; what the file system says of a file.
 */
export async function openSource(source: PutSource): Promise<PlatformSource> {
  if (typeof source === 'string') return openFileSource(source)
  if (!isObject(source)) throw new TypeError(TAKEN)
  const bytes = bytesOf(source)
  if (bytes) return openBytes(bytes, (rest) => streamInPieces([rest]))
  if (isUrl(source)) return openFileSource(fileURLToPath(source))
  if (source instanceof Readable) return openReadableSource(source)
  if (has(source, 'getReader')) return openWebStreamSource(source as WebStream)
  if (has(source, 'slice', 'stream')) return openBlob(source as BlobSource)
  if ('bodyUsed' in source) return openBody(source)
  if (has(source, 'read', 'stat') && 'fd' in source) return openHandleSource(source)
  if (has(source, 'pipe', 'on')) return openForeignStream(source)
  if (Symbol.asyncIterator in source) return openIterableSource(source as AsyncIterable<unknown>)
  throw new TypeError(TAKEN)
}

function openBlob(blob: BlobSource): OpenSource {
  const { name } = blob as { readonly name?: unknown }
  const { size } = blob
  if (!Number.isSafeInteger(size) || size < 0) throw new TypeError('the Blob does not say how long it is')
  return {
    length: size,
    rereadable: true,
    mime: blob.type || (typeof name === 'string' && extname(name)) || undefined,
    read: async function* (signal, start = 0) {
      const reader = (blob.slice(start).stream() as WebStream).getReader()
      try {
        yield* readChunks(
          {
            next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
            cancel: () => void reader.cancel().catch(() => undefined),
          },
          signal,
        )
      } catch (error) {
        // What a Blob of a file says when the file is another than it was.
        if (error instanceof Error && error.name === 'NotReadableError') throw sourceChanged()
        throw error
      }
    },
    isUnchanged: () => Promise.resolve(true),
    discard: () => Promise.resolve(),
  }
}

async function openBody(source: BodySource): Promise<OpenSource> {
  const { body, bodyUsed } = source
  const { ok, headers } = source as { readonly ok?: unknown; readonly headers?: Headers }
  if (ok === false) throw new TypeError('the Response is an error’s')
  if (bodyUsed || !isObject(body))
    throw new TypeError('the Response or Request has no body, or it has been read already')
  return { ...(await openSource(body as ReadableStream)), mime: headers?.get('content-type') ?? undefined }
}

/** A stream of another copy of Node's stream package. */
function openForeignStream(source: object): OpenSource {
  if (!('readable' in source) || source.readable !== true) throw new TypeError(`the stream cannot be read; ${TAKEN}`)
  return Symbol.asyncIterator in source && has(source, 'destroy')
    ? openReadableSource(source as Readable)
    : openOldStreamSource(source as unknown as NodeJS.ReadableStream)
}

/** Of this or another realm. */
function isUrl(source: object): source is URL {
  return 'href' in source && 'protocol' in source && 'pathname' in source
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function has(source: object, ...methods: string[]): boolean {
  return methods.every((name) => typeof (source as Record<string, unknown>)[name] === 'function')
}
