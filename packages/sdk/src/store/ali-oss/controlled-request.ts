import type { ClientRequest } from 'node:http'
import type { Readable } from 'node:stream'
import { onAbort } from '../../retry/on-abort.js'
import type { AliOssClient, AliOssInternals, Urllib, UrllibResponse, UrllibResult } from './client.js'
import { answerOf, decodeText, readText, refusalOf, type Refusal } from './http-answer.js'
import type { StoreAnswer } from '../object-store.js'

/** The answers that carry an error's text are short. */
const MAX_ERROR_LENGTH = 64 * 1024

/** urllib's limit on a whole exchange is put out of the way: {@link ControlledRequest} watches for standstill. */
const NO_TIMEOUT_MS = 24 * 24 * 60 * 60 * 1000

/** What a request is sent with. */
export interface ControlledRequestOptions {
  /** The request is ended when nothing has moved for so long. */
  readonly idleTimeoutMs: number
  readonly signal: AbortSignal | undefined
  /** The longest answer that is taken, if it is not one that is read as a stream. */
  readonly maxAnswerLength: number
  /** Settings of the client that are others for this request. */
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * One request of an `ali-oss` client, which can be ended at any moment: ali-oss offers neither that nor an idle timeout. It is sent through
 * the same HTTP client as every other request; but what comes back is looked at here, before ali-oss makes something of it.
 */
export class ControlledRequest {
  /** The caller's client, for this one request. */
  readonly client: AliOssClient
  /** What the request is ended with when nothing moves. */
  standstill: () => Error = () => new Error('nothing moved in time')
  /** The answer, as soon as its status has come. */
  answer: (StoreAnswer & { text?: string }) | undefined
  /** What OSS refused the request with. */
  refusal: Refusal | undefined
  /** What the HTTP client failed with, when it did. */
  networkFailure: { readonly error: unknown } | undefined
  readonly #options: ControlledRequestOptions
  readonly #ending = new AbortController()
  readonly #ended: Promise<never>
  readonly #unlisten: () => void
  readonly #idleTimer: NodeJS.Timeout
  #request: ClientRequest | undefined
  #body: Readable | undefined
  #failure: { readonly reason: Error } | undefined
  #reject: (reason: Error) => void = () => undefined

  constructor(client: AliOssClient, options: ControlledRequestOptions) {
    const { signal, idleTimeoutMs, settings } = options
    signal?.throwIfAborted()
    this.#options = options
    this.#ended = new Promise((_resolve, reject) => (this.#reject = reject))
    this.#ended.catch(() => undefined)
    this.#idleTimer = setTimeout(() => {
      this.fail(this.standstill())
    }, idleTimeoutMs)
    this.#unlisten = onAbort(signal, () => {
      this.fail(signal?.reason as Error)
    })
    this.client = scopedClient(client, settings, (urllib, url, args) => this.#exchange(urllib, url, args))
  }

  /** Why the request was ended from this side. */
  get failure(): Error | undefined {
    return this.#failure?.reason
  }

  /** What `work` comes to, or the end of this request as soon as it is ended, whatever becomes of the work then. */
  async unlessEnded<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#ended])
  }

  /** Sends a body, which ends with the request. */
  sends<Body extends Readable>(body: Body): Body {
    this.#body = body
    if (this.#failure) body.destroy()
    return body
  }

  /** Ends the request. */
  fail(reason: Error): void {
    this.#failure ??= { reason }
    this.#reject(this.#failure.reason)
    this.#end()
  }

  /** Says that bytes have moved. */
  moved(): void {
    this.#idleTimer.refresh()
  }

  /** Lets go of the signal and the timer. A request that was answered before all of it was sent is ended: its connection is of no use. */
  release(): void {
    clearTimeout(this.#idleTimer)
    this.#unlisten()
    this.#body?.destroy()
    if (this.#request && !this.#request.writableFinished) this.#request.destroy()
  }

  /** What ali-oss gets to see: an answer that says that all is well, or an error that it makes nothing of, and does not retry. */
  async #exchange(urllib: Urllib, url: string, args: UrllibArgs): Promise<UrllibResult> {
    const isStreamed = args.customResponse === true
    const hasCallback = args.headers?.['x-oss-callback'] !== undefined
    const { response, data } = await this.#open(urllib, url, args)
    const answer = (this.answer = answerOf(response))
    const { status, headers } = answer
    this.moved()
    if (status >= 300) {
      const text = await this.#read(response, data, MAX_ERROR_LENGTH).catch(() => null)
      this.refusal = refusalOf(answer, text)
      throw new Error('OSS refused the request')
    }
    if (isStreamed) return { status, headers, res: response }
    let text
    try {
      text = await this.#read(response, data, this.#options.maxAnswerLength)
    } catch (error) {
      this.networkFailure = { error }
      throw new Error('the answer was cut off', { cause: error })
    }
    if (text === null) throw new Error('the answer is too long')
    this.answer = { ...answer, text }
    const isFailedCallback = hasCallback && status === 203 && refusalOf(answer, text).serviceCode === 'CallbackFailed'
    return {
      // The object is stored, which is all that ali-oss is to know of.
      status: isFailedCallback ? 200 : status,
      headers,
      data: Buffer.from(hasCallback ? '{}' : toXmlCharacters(text)),
      res: { status, headers } as unknown as UrllibResponse,
    }
  }

  #read(response: UrllibResponse, data: Buffer | null, maxLength: number): Promise<string | null> {
    const encoding = response.headers?.['content-encoding']
    if (data) return decodeText(data, encoding, maxLength)
    return readText(response, encoding, maxLength, () => {
      this.moved()
    })
  }

  /** Resolves when status and headers have come. */
  #open(
    urllib: Urllib,
    url: string,
    args: UrllibArgs,
  ): Promise<{ readonly response: UrllibResponse; readonly data: Buffer | null }> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw new Error('the request was ended')
      let settled = false
      const settle = (error: unknown, data: unknown, response: UrllibResponse | undefined) => {
        settled = true
        if (this.#failure || error || !response) {
          // Nobody waits for what comes now.
          if (typeof response?.destroy === 'function') response.destroy()
          if (!this.#failure) this.networkFailure = { error }
          reject(new Error('there was no answer'))
          return
        }
        const isStream = typeof response.on === 'function'
        resolve({ response, data: isStream ? null : Buffer.isBuffer(data) ? data : Buffer.alloc(0) })
        // Makes `pump` let go of a body that goes no further, so that it does not report the request's end as a failure.
        this.#request?.emit('complete')
      }
      // They are of this request alone; in a copy, urllib's further settings would take longer than all else here.
      const sent = urllib.request(url, Object.assign(args, SENT_ONCE, { signal: this.#ending.signal }), settle)
      if (sent && 'then' in sent) {
        sent.then(
          ({ data, status, headers, res }) => {
            settle(null, data, res ?? ({ status, headers } as unknown as UrllibResponse))
          },
          (error: unknown) => {
            settle(error, null, undefined)
          },
        )
      } else if (sent) {
        this.#request = sent
        listenOnce(sent, () => settled)
      }
    })
  }

  /** urllib writes into the error that a request ends with, and throws where it cannot: the reason itself must not get there. */
  #end(): void {
    this.#ending.abort(new Error('the request was ended'))
    this.#request?.destroy(new Error('the request was ended'))
    this.#body?.destroy()
  }
}

/** The answer as it comes, of one request, from where it was asked: whoever asks again, or somewhere else, is who calls. */
const SENT_ONCE = { timeout: NO_TIMEOUT_MS, customResponse: true, followRedirect: false, retry: 0, socketErrorRetry: 0 }

interface UrllibArgs {
  readonly customResponse?: boolean
  readonly headers?: Readonly<Record<string, unknown>>
}

/** A proxy of the client, and not an object that inherits: the client keeps state about STS tokens on itself. */
function scopedClient(
  client: AliOssClient,
  settings: Readonly<Record<string, unknown>>,
  exchange: (urllib: Urllib, url: string, args: UrllibArgs) => Promise<UrllibResult>,
): AliOssClient {
  const { urllib, options } = client as AliOssClient & Partial<AliOssInternals>
  const scoped: Record<string, unknown> = {
    urllib: { request: (url: string, args: UrllibArgs) => exchange(urllib as Urllib, url, args) },
  }
  if (options && Object.keys(settings).length > 0) scoped['options'] = overlay(options, settings)
  return overlay(client, scoped)
}

function overlay<Target extends object>(target: Target, over: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get: (inner, property) =>
      typeof property === 'string' && Object.hasOwn(over, property)
        ? over[property]
        : (Reflect.get(inner, property) as unknown),
  })
}

/** Without what XML cannot hold, and a name that OSS repeats may have: nothing that is read from an answer has any. */
function toXmlCharacters(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters meant
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(x[\da-f]+|\d+);/gi, (found, number?: string) => {
    const code = number === undefined ? NaN : Number(number.toLowerCase().replace(/^x/, '0x'))
    const isXml = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0xd7ff)
    return isXml || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff) ? found : '\ufffd'
  })
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
