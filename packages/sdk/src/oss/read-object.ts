import type { Readable } from 'node:stream'
import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { onAbort } from '../retry/on-abort.js'
import { retrying, wait, type RetryPolicy } from '../retry/retry.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions } from './object-store.js'
import { ossError } from './oss-error.js'

/** An object's bytes on their way. */
export interface ObjectReading {
  readonly answer: StoreAnswer
  /** Where in the object the bytes start, by what OSS says. */
  readonly offset: number
  /** How many bytes come, by what OSS says; undefined when it does not. */
  readonly length: number | undefined
  /** The object's length, by what OSS says. */
  readonly totalLength: number | undefined
  /**
   * The bytes, once. A connection that breaks or stands still is taken up again where it ended, as long as the object is the same. To be read
   * to the end or returned early.
   *
   * @throws ServiceError; the signal's reason.
   */
  read(): AsyncGenerator<Uint8Array>
  /** Ends the connection when {@link read} is not going to be called. */
  discard(): void
}

/** How objects are read. */
export interface ReadObjectOptions extends StoreRequestOptions {
  readonly range?: ByteRange | undefined
  readonly retry: RetryPolicy
  /** How long the bytes may stand still. */
  readonly idleTimeoutMs: number
}

/** As much progress makes a broken connection forgotten. */
const FORGIVING_LENGTH = 1024 * 1024

/** What one object is told from another by, between two requests. */
export interface ObjectIdentity {
  readonly etag: string
  readonly totalLength: number
}

/** Opens an object, or a range of it, with one request. */
export async function readObject(store: ObjectStore, name: string, options: ReadObjectOptions): Promise<ObjectReading> {
  const { retry, signal } = options
  const first = await retrying(retry, signal, () => store.get(name, options))
  if (first.status !== 200 && first.status !== 206) {
    first.body.destroy()
    throw ossError('GetObject', { status: first.status, requestId: first.headers['x-oss-request-id'] })
  }
  try {
    assertVersion(first, options)
    return readingOf(store, name, options, first, extentOf(first))
  } catch (error) {
    first.body.destroy()
    throw error
  }
}

/**
 * Opens a range of an object that an earlier request was answered from.
 *
 * @param range Inside the object.
 * @throws ServiceError `ObjectChanged` when it is not that object any more, `BadAnswer` when another range comes.
 */
export async function readSameObject(
  store: ObjectStore,
  name: string,
  options: ReadObjectOptions,
  identity: ObjectIdentity,
  range: { readonly start: number; readonly end: number },
): Promise<ObjectReading> {
  const first = await openSameObject(store, name, options, identity, range)
  const extent = { offset: range.start, length: range.end - range.start + 1, totalLength: identity.totalLength }
  return readingOf(store, name, options, first, extent)
}

function readingOf(
  store: ObjectStore,
  name: string,
  options: ReadObjectOptions,
  first: StoreAnswer & { readonly body: Readable },
  extent: Extent,
): ObjectReading {
  return {
    answer: { status: first.status, headers: first.headers },
    ...extent,
    read: () => readOn(store, name, options, first, extent),
    discard: () => {
      first.body.destroy()
    },
  }
}

async function* readOn(
  store: ObjectStore,
  name: string,
  options: ReadObjectOptions,
  first: StoreAnswer & { readonly body: Readable },
  extent: Extent,
): AsyncGenerator<Uint8Array> {
  const { retry, signal, idleTimeoutMs } = options
  let body = first.body
  let position = 0
  let attempt = 1
  let attemptStart = 0
  // Given out when the answer has ended: who has all that it wants reads no further, and a connection that is left before is of no more use.
  let last: Uint8Array | undefined
  for (;;) {
    try {
      for await (const chunk of readBody(body, signal, idleTimeoutMs)) {
        if (last) yield last
        last = undefined
        position += chunk.length
        if (position === extent.length) last = chunk
        else yield chunk
      }
      if (last) yield last
      if (extent.length === undefined || position === extent.length) return
      throw ossError('GetObject', {}, new Error('the answer ended early'))
    } catch (error) {
      if (!(error instanceof ServiceError && error.retryable) || signal?.aborted) throw error
      if (last) yield last
      if (position === extent.length) return
      if (position - attemptStart >= FORGIVING_LENGTH) attempt = 1
      attempt += 1
      if (attempt > retry.maxAttempts || extent.length === undefined) throw error
    } finally {
      body.destroy()
    }
    await wait(retry.delayMs(attempt), signal)
    attemptStart = position
    const { offset, length = 0, totalLength } = extent
    const rest = { start: offset + position, end: offset + length - 1 }
    body = (await openSameObject(store, name, options, { etag: first.headers['etag'], totalLength }, rest)).body
  }
}

/** Opens a range of an object. It must be the object that is known, and the range that was asked for. */
async function openSameObject(
  store: ObjectStore,
  name: string,
  options: ReadObjectOptions,
  { etag, totalLength }: { readonly [Field in keyof ObjectIdentity]: ObjectIdentity[Field] | undefined },
  range: { readonly start: number; readonly end: number },
): Promise<StoreAnswer & { readonly body: Readable }> {
  const again = { ...options, range, headers: { ...options.headers, ...(etag !== undefined && { 'If-Match': etag }) } }
  let answer
  try {
    answer = await retrying(options.retry, options.signal, () => store.get(name, again))
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'PreconditionFailed') throw objectChanged(name)
    throw error
  }
  try {
    assertVersion(answer, options)
    const { offset, length, totalLength: total } = extentOf(answer)
    if (answer.headers['etag'] !== etag || total !== totalLength) throw objectChanged(name)
    const fits = answer.status === 206 && offset === range.start && length === range.end - range.start + 1
    if (!fits) throw badAnswer('OSS answered with another range than was asked for')
  } catch (error) {
    answer.body.destroy()
    throw error
  }
  return answer
}

/**
 * A body's chunks.
 *
 * @throws ServiceError `Unreachable`, retryable, when the connection breaks or nothing comes for `idleTimeoutMs`; the signal's reason.
 */
async function* readBody(
  body: Readable,
  signal: AbortSignal | undefined,
  idleTimeoutMs: number,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  let waiting = false
  const idleTimer = setTimeout(() => {
    if (waiting) body.destroy(new Error(`nothing came for ${String(idleTimeoutMs)} ms`))
  }, idleTimeoutMs)
  const abort = () => body.destroy()
  const unlisten = onAbort(signal, abort)
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    for (;;) {
      waiting = true
      idleTimer.refresh()
      const next = await iterator.next()
      waiting = false
      signal?.throwIfAborted()
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof OsscryptError) throw error
    throw ossError(
      'GetObject',
      {},
      new Error(`the connection broke: ${error instanceof Error ? error.message : 'unknown'}`),
    )
  } finally {
    clearTimeout(idleTimer)
    unlisten()
    body.destroy()
  }
}

interface Extent {
  readonly offset: number
  readonly length: number | undefined
  readonly totalLength: number | undefined
}

/** What part of the object an answer holds: by its Content-Range, else the whole of it. */
function extentOf({ status, headers }: StoreAnswer): Extent {
  const contentLength = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  const countable = contentLength === undefined || (Number.isSafeInteger(contentLength) && contentLength >= 0)
  if (!countable) throw badAnswer('OSS answered with a Content-Length that is no length')
  if (status !== 206) return { offset: 0, length: contentLength, totalLength: contentLength }
  const [, start, end, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? []
  const offset = Number(start)
  const length = Number(end) + 1 - offset
  const sensible =
    length > 0 && Number(end) < Number(total) && (contentLength === undefined || contentLength === length)
  if (!sensible) throw badAnswer('OSS answered a range without a well-formed Content-Range')
  return { offset, length, totalLength: Number(total) }
}

/**
 * Asserts that an answer is about the version that was asked for. An object from before its bucket had versions has the version `null`, which OSS
 * may leave out.
 *
 * @throws ServiceError `BadAnswer`.
 */
export function assertVersion({ headers }: StoreAnswer, { versionId }: StoreRequestOptions): void {
  const answered = headers['x-oss-version-id'] ?? 'null'
  if (versionId !== undefined && answered !== versionId) {
    throw badAnswer('OSS answered with another version than was asked for')
  }
}

function badAnswer(message: string): ServiceError {
  return new ServiceError('BadAnswer', message, { service: 'oss' })
}

/** The error for an object of which two answers say different things. */
export function objectChanged(name: string): ServiceError {
  return new ServiceError('ObjectChanged', `${quote(name)} changed while it was being read`, { service: 'oss' })
}
