import { readWebStream } from '../../bytes/web-stream.js'
import { OsscryptError } from '../../errors.js'
import { startIdleTimer } from '../../retry/idle-timer.js'
import { linkAbort } from '../../retry/linked-abort.js'
import { abortable } from '../../retry/retry.js'
import type { UploadBody } from '../object-store.js'
import { RestStore } from '../rest/rest-store.js'
import type { RestAnswer, RestRequest } from '../rest/rest-transport.js'
import { ossError } from '../store-error.js'
import { fetchDirectly } from './fetch-directly.js'
import { assertOptions, type OptionNames } from '../../options.js'

/** A request that is to be signed. */
export interface RequestToSign extends Pick<RestRequest, 'operation' | 'method' | 'name' | 'copySource'> {
  /** The parameters of the URL; an empty value stands for a bare name. */
  readonly query: Readonly<Record<string, string>>
  /** Headers that will be sent; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the body, where one is sent: its Content-Length, which the platform adds by itself. */
  readonly contentLength?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A signed request: for just the operation, object, parameters and headers that were asked for. */
export interface SignedRequest {
  readonly url: string
  /** Sent beside those that were to be signed: what the signature covers and only the signer knows, such as `x-oss-copy-source`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What a {@link PresignedStore} works with. */
export interface PresignedStoreOptions {
  /** Signs one request: the caller's own, which asks its backend. Who holds the credentials decides there what is allowed. */
  readonly sign: (request: RequestToSign) => Promise<SignedRequest> | SignedRequest
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/**
 * OSS by URLs that somebody else signs, over `fetch`: no credentials are needed on this side, and a page in a browser has none. What is sent is held as a
 * whole first, for browsers take no streams; parts of uploads are short enough.
 */
export class PresignedStore extends RestStore {
  constructor(options: PresignedStoreOptions) {
    assertOptions('a PresignedStore', options, { sign: true, fetch: true } satisfies OptionNames<PresignedStoreOptions>)
    const { sign, fetch = globalThis.fetch.bind(globalThis) } = options
    if (typeof sign !== 'function') throw new TypeError('a PresignedStore needs a function that signs: `sign`')
    super((request) => sendSigned(request, sign, fetch), false)
  }
}

/**
 * How a whole object is asked for. To what accepts gzip, OSS sends texts compressed, without ETag and length, whatever they really are; browsers accept it always,
 * but where a part is asked for (Fetch standard, HTTP-network-or-cache fetch).
 */
const ALL = 'bytes=0-'

/** Longer bodies than parts of uploads are: a Blob of them may be on disk. */
const MAX_IN_MEMORY = 64 * 1024 * 1024

async function sendSigned(
  request: RestRequest,
  sign: PresignedStoreOptions['sign'],
  fetch: typeof globalThis.fetch,
): Promise<RestAnswer> {
  const { operation, method, name, query = {}, copySource, idleTimeoutMs = 0, signal } = request
  const isWhole = operation === 'GetObject' && request.headers['range'] === undefined
  const headers = isWhole ? { ...request.headers, range: ALL } : request.headers
  const link = linkAbort(signal)
  const timer = startIdleTimer(idleTimeoutMs, () => {
    link.abort(ossError(operation, { reason: 'nothing moved in time' }))
  })
  try {
    const body = request.body && (await collectBody(request.body, timer.moved))
    const contentLength = body && (body instanceof Blob ? body.size : body.length)
    const toSign = { operation, method, name, query, headers, contentLength, copySource, signal: link.signal }
    const signed = await abortable(Promise.resolve(sign(toSign)), link.signal)
    timer.moved()
    const settings = {
      method,
      headers: { ...headers, ...signed.headers },
      signal: link.signal,
      credentials: 'omit',
      // Of a write, `fetch` would make a `Cache-Control: no-cache` of it, which OSS keeps with the object.
      ...((method === 'GET' || method === 'HEAD') && { cache: 'no-store' as const }),
      ...(body && { body }),
    } as const
    const response = await abortable(fetchDirectly(fetch, signed.url, settings), link.signal)
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: response.body ? untilDone(response.body, link.release) : empty(link.release),
    }
    return isWhole ? asWhole(answer) : answer
  } catch (error) {
    link.release()
    if (link.signal.aborted) throw link.signal.reason
    // The text of fetch's own errors may hold the URL, and with it the signature.
    if (error instanceof OsscryptError || !(error instanceof TypeError)) throw error
    throw ossError(operation, {
      reason: 'the request failed, or the bucket’s CORS does not let the page send it: see corsRule',
    })
  } finally {
    timer.stop()
  }
}

/** An answer to {@link ALL} as it would be without: an empty object, of which there is no part, comes so anyway. */
function asWhole(answer: RestAnswer): RestAnswer {
  const { 'content-range': range = '', ...headers } = answer.headers
  const [, end, total] = /^bytes 0-(\d+)\/(\d+)$/.exec(range) ?? []
  return answer.status === 206 && Number(end) + 1 === Number(total) ? { ...answer, status: 200, headers } : answer
}

/**
 * All of a body. What is short is one piece of memory, which is free again when the request is over: Chromium keeps a Blob, and its bytes, until the
 * page's next garbage collection.
 */
async function collectBody(body: UploadBody, moved: () => void): Promise<Uint8Array<ArrayBuffer> | Blob> {
  const { length, bytes } = body
  const chunks = bytes ? [bytes] : body.open()
  if (length !== undefined && length <= MAX_IN_MEMORY) {
    const whole = new Uint8Array(length)
    let end = 0
    for await (const chunk of chunks) {
      moved()
      if (end + chunk.length > length) throw new RangeError('a body is longer than was said')
      whole.set(chunk, end)
      end += chunk.length
    }
    return whole.subarray(0, end)
  }
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of chunks) {
    moved()
    // A copy: the next chunk may come in the same memory.
    parts.push(new Uint8Array(chunk))
  }
  return new Blob(parts)
}

async function* untilDone(body: ReadableStream<Uint8Array>, release: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* readWebStream(body)
  } finally {
    release()
  }
}

// eslint-disable-next-line require-yield -- there is nothing in it
async function* empty(release: () => void): AsyncGenerator<Uint8Array> {
  release()
}
