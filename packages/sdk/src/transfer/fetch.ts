import type { Stretch } from '../bytes/stretch.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { startIdleTimer } from '../retry/idle-timer.js'
import { onAbort } from '../retry/on-abort.js'
import { abortable, retrying, wait, type RetryPolicy } from '../retry/retry.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions } from '../store/object-store.js'
import { ossError } from '../store/store-error.js'
import { linkAbort, type LinkedAbort } from '../retry/linked-abort.js'
import { assertVersion, badAnswer, extentOf, objectChanged, type Extent } from './answer-extent.js'

/** How objects are fetched. */
export interface FetchOptions extends StoreRequestOptions {
  readonly range?: ByteRange | undefined
  readonly retry: RetryPolicy
  /** How long the bytes may stand still. */
  readonly idleTimeoutMs: number
}

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
  /** Ends the connection, whether {@link read} was called or not. */
  close(): void
}

/** What one object is told from another by, between two requests. */
export interface ObjectIdentity {
  readonly etag: string
  readonly totalLength: number
}

/** As much progress makes a broken connection forgotten. */
const FORGIVING_LENGTH = 1024 * 1024

/** Opens an object, or a range of it, with one request. */
export async function fetchObject(store: ObjectStore, name: string, options: FetchOptions): Promise<ObjectReading> {
  const connection = await connect(store, name, options)
  try {
    assertVersion(connection.answer, options)
    return new Reading(store, name, options, connection, extentOf(connection.answer))
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Opens a stretch of an object that an earlier request was answered from.
 *
 * @param stretch Inside the object.
 * @throws ServiceError `ObjectChanged` when it is not that object any more, `BadAnswer` when another range comes.
 */
export async function fetchSameObject(
  store: ObjectStore,
  name: string,
  options: FetchOptions,
  identity: ObjectIdentity,
  stretch: Stretch,
): Promise<ObjectReading> {
  const connection = await reconnect(store, name, options, identity, stretch)
  const extent = { offset: stretch.start, length: stretch.end - stretch.start + 1, totalLength: identity.totalLength }
  return new Reading(store, name, options, connection, extent)
}

/** What tells an object from another; null when OSS does not say it. */
export function identifyObject({ answer, totalLength }: ObjectReading): ObjectIdentity | null {
  const { etag } = answer.headers
  return etag === undefined || totalLength === undefined ? null : { etag, totalLength }
}

/** An answer whose body has not been read to its end. */
interface Connection {
  readonly answer: StoreAnswer
  readonly body: AsyncIterable<Uint8Array>
  readonly link: LinkedAbort
  readonly close: () => void
}

async function connect(
  store: ObjectStore,
  name: string,
  options: FetchOptions,
  range = options.range,
): Promise<Connection> {
  const { retry, signal, headers, versionId, idleTimeoutMs } = options
  return retrying(retry, signal, async () => {
    const link = linkAbort(signal)
    let answeredWith: AsyncIterable<Uint8Array> | undefined
    const close = () => {
      link.release()
      link.abort()
      if (answeredWith) endBody(answeredWith)
    }
    try {
      const request = { headers, versionId, idleTimeoutMs, range, signal: link.signal }
      const { status, headers: answered, body } = await store.get(name, request)
      answeredWith = body
      const connection = { answer: { status, headers: answered }, body, link, close }
      if (status === 200 || status === 206) return connection
      throw ossError('GetObject', { status, requestId: answered['x-oss-request-id'] })
    } catch (error) {
      close()
      throw error
    }
  })
}

/** Opens a stretch of an object. It must be the object that is known, and the range that was asked for. */
async function reconnect(
  store: ObjectStore,
  name: string,
  options: FetchOptions,
  { etag, totalLength }: { readonly [Field in keyof ObjectIdentity]: ObjectIdentity[Field] | undefined },
  stretch: Stretch,
): Promise<Connection> {
  const headers = { ...options.headers, ...(etag !== undefined && { 'If-Match': etag }) }
  let connection
  try {
    connection = await connect(store, name, { ...options, headers }, stretch)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'PreconditionFailed') throw objectChanged(name)
    throw error
  }
  const { answer, close } = connection
  try {
    assertVersion(answer, options)
    const { offset, length, totalLength: total } = extentOf(answer)
    if (answer.headers['etag'] !== etag || total !== totalLength) throw objectChanged(name)
    const fits = answer.status === 206 && offset === stretch.start && length === stretch.end - stretch.start + 1
    if (!fits) throw badAnswer('OSS answered with another range than was asked for')
  } catch (error) {
    close()
    throw error
  }
  return connection
}

class Reading implements ObjectReading {
  readonly answer: StoreAnswer
  readonly offset: number
  readonly length: number | undefined
  readonly totalLength: number | undefined
  readonly #store: ObjectStore
  readonly #name: string
  readonly #options: FetchOptions
  #connection: Connection

  constructor(store: ObjectStore, name: string, options: FetchOptions, connection: Connection, extent: Extent) {
    this.#store = store
    this.#name = name
    this.#options = options
    this.#connection = connection
    this.answer = connection.answer
    this.offset = extent.offset
    this.length = extent.length
    this.totalLength = extent.totalLength
  }

  close(): void {
    this.#connection.close()
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const { retry, signal, idleTimeoutMs } = this.#options
    const { length } = this
    let position = 0
    let attempt = 1
    let attemptStart = 0
    // Given out when the answer has ended: who has all that it wants reads no further, and a connection that is left before is of no more use.
    let last: Uint8Array | undefined
    for (;;) {
      try {
        for await (const chunk of readBody(this.#connection, idleTimeoutMs)) {
          position += chunk.length
          if (length !== undefined && position > length) throw badAnswer('OSS sent more than it said')
          if (last) yield last
          last = undefined
          if (position === length) last = chunk
          else yield chunk
        }
        if (last) yield last
        if (length === undefined || position === length) return
        throw ossError('GetObject', {}, new Error('the answer ended early'))
      } catch (error) {
        if (!(error instanceof ServiceError && error.retryable) || signal?.aborted) throw error
        if (last) yield last
        if (position === length) return
        if (position - attemptStart >= FORGIVING_LENGTH) attempt = 1
        attempt += 1
        if (attempt > retry.maxAttempts || length === undefined) throw error
      } finally {
        this.close()
      }
      await wait(retry.delayMs(attempt), signal)
      attemptStart = position
      const rest = { start: this.offset + position, end: this.offset + length - 1 }
      const identity = { etag: this.answer.headers['etag'], totalLength: this.totalLength }
      this.#connection = await reconnect(this.#store, this.#name, this.#options, identity, rest)
    }
  }
}

/**
 * A body's chunks.
 *
 * @throws ServiceError `Unreachable`, retryable, when the connection breaks or nothing comes for `idleTimeoutMs`; the signal's reason.
 */
async function* readBody({ body, link, close }: Connection, idleTimeoutMs: number): AsyncGenerator<Uint8Array> {
  const { signal } = link
  signal.throwIfAborted()
  const timer = startIdleTimer(idleTimeoutMs, () => {
    link.abort(ossError('GetObject', {}, new Error(`nothing came for ${String(idleTimeoutMs)} ms`)))
  })
  // Whoever has all that it wants reads no further, and closes: nobody would come to the end of this.
  const unlisten = onAbort(signal, () => timer.stop())
  const iterator = body[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      timer.moved()
      const next = await abortable(iterator.next(), signal)
      timer.pause()
      signal.throwIfAborted()
      if (next.done) {
        ended = true
        return
      }
      yield next.value
    }
  } catch (error) {
    ended = true
    signal.throwIfAborted()
    if (error instanceof OsscryptError) throw error
    const broke = `the connection broke: ${error instanceof Error ? error.message : 'unknown'}`
    throw ossError('GetObject', {}, new Error(broke))
  } finally {
    timer.stop()
    unlisten()
    // A body that is left early is told so; one that waits for its next chunk would not hear of it before that.
    if (!ended) iterator.return?.().catch(() => undefined)
    close()
  }
}

/** Ends the streams of Node and of browsers, should their store not do so when the signal is aborted: they do not hear of it unless they are read. */
function endBody(body: AsyncIterable<Uint8Array>): void {
  const stream = body as { destroy?: () => unknown; cancel?: () => Promise<unknown>; locked?: boolean }
  if (stream.destroy) stream.destroy()
  else if (stream.cancel && !stream.locked) stream.cancel().catch(() => undefined)
}
