import type { ClientRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { AliOssClient, Urllib, UrllibResponse } from './client.js'

/** The answers that carry an error's text are short. */
const MAX_ERROR_LENGTH = 64 * 1024

/** urllib's limit on a whole exchange is put out of the way: {@link ControlledRequest} watches for standstill. */
const NO_TIMEOUT_MS = 24 * 24 * 60 * 60 * 1000

/**
 * One request of an `ali-oss` client, which can be ended at any moment: ali-oss offers neither that nor an idle timeout. It is sent through
 * the same HTTP client as every other request, of which this keeps hold.
 */
export class ControlledRequest {
  /** The caller's client, for this one request. */
  readonly client: AliOssClient
  readonly #idleTimeoutMs: number
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => {
    this.fail(this.#signal?.reason as Error)
  }
  #request: ClientRequest | undefined
  #failure: Error | undefined
  readonly #idleTimer: NodeJS.Timeout

  /**
   * @param idleTimeoutMs The request is ended when nothing has moved for so long.
   * @param standstill What it is ended with then.
   */
  constructor(client: AliOssClient, idleTimeoutMs: number, standstill: () => Error, signal: AbortSignal | undefined) {
    signal?.throwIfAborted()
    this.#idleTimeoutMs = idleTimeoutMs
    this.#idleTimer = setTimeout(() => {
      this.fail(standstill())
    }, idleTimeoutMs)
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
    const urllib = Reflect.get(client, 'urllib') as Urllib
    const scoped = { request: (url: string, args: object) => this.#send(urllib, url, args) }
    // A proxy, and not an object that inherits: the client keeps state about STS tokens on itself.
    this.client = new Proxy(client, {
      get: (target, property) => (property === 'urllib' ? scoped : (Reflect.get(target, property) as unknown)),
    })
  }

  /** Why the request was ended from this side. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Ends the request. */
  fail(reason: Error): void {
    this.#failure ??= reason
    this.#end()
  }

  /** Says that bytes have moved. */
  moved(): void {
    this.#idleTimer.refresh()
  }

  /** Lets go of the signal and the timer. A request that was answered before all of it was sent is ended: its connection is of no use. */
  release(): void {
    clearTimeout(this.#idleTimer)
    this.#signal?.removeEventListener('abort', this.#abort)
    if (this.#request && !this.#request.writableFinished) this.#request.destroy()
  }

  #send(urllib: Urllib, url: string, args: object): Promise<object> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null, data: unknown, response: UrllibResponse) => {
        if (error) reject(error)
        else toResult(data, response, this.#idleTimeoutMs).then(resolve, reject)
        settled = true
        // Makes `pump` let go of a body that goes no further, so that it does not report the request's end as a failure.
        this.#request?.emit('complete')
      }
      let settled = false
      // They are of this request alone; in a copy, urllib's further settings would take longer than all else here.
      this.#request = urllib.request(url, Object.assign(args, { timeout: NO_TIMEOUT_MS }), settle)
      listenOnce(this.#request, () => settled)
      if (this.#failure) this.#end()
    })
  }

  /** urllib writes into the error that a request ends with, and throws where it cannot: the reason itself must not get there. */
  #end(): void {
    this.#request?.destroy(new Error('the request was ended'))
  }
}

/**
 * Keeps failures from urllib that come after it has settled. It hears of a streamed request's failure twice, from `pump` and from its own
 * listener, which it adds last; of the second it would complain on stderr, with the URL and its signature.
 */
function listenOnce(request: ClientRequest, settled: () => boolean): void {
  const listener = request.listeners('error').at(-1)
  if (!listener) return
  request.off('error', listener as (error: Error) => void)
  request.on('error', (error) => {
    if (!settled()) listener.call(request, error)
  })
}

/**
 * What urllib resolves with. A streamed answer that is an error is read here, so that ali-oss finds the service's code in it as in any other
 * answer; it would throw the text away. Of an error whose text does not come, the status is left.
 */
async function toResult(data: unknown, response: UrllibResponse, timeoutMs: number): Promise<object> {
  const status = response.statusCode ?? response.status ?? 0
  const streamed = typeof response.on === 'function'
  if (!streamed || status < 300 || status === 304) return { data, status, headers: response.headers, res: response }
  const length = Number(response.headers['content-length'] ?? Infinity)
  if (length > MAX_ERROR_LENGTH) response.destroy()
  const timer = setTimeout(() => response.destroy(), timeoutMs)
  const text = await buffer(response).catch(() => null)
  clearTimeout(timer)
  return { data: text, status, headers: response.headers }
}
