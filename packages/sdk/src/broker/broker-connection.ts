import { encodeBase64 } from '../bytes/base64.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import { ServiceError } from '../errors.js'
import { assertOptions, type OptionNames } from '../options.js'
import { linkAbort } from '../retry/linked-abort.js'
import { abortable } from '../retry/retry.js'
import { timerMs } from '../retry/timer-limit.js'
import { fetchDirectly } from '../store/presigned/fetch-directly.js'
import { BROKER_HEADER, BROKER_VERSION, type Question, type RefusalAnswer } from './broker-messages.js'

/** Where a page's broker is. */
export interface BrokerOptions {
  /** The URL of the broker, on the application's own backend. */
  readonly url: string
  /** Headers that tell the application who asks; cookies are sent by themselves. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** How long an answer is waited for, in milliseconds; 0 or Infinity: for ever. Default 30000. */
  readonly timeoutMs?: number | undefined
}

const OPTIONS: OptionNames<BrokerOptions> = { url: true, headers: true, fetch: true, timeoutMs: true }

type Unstamped<Asked> = Asked extends Question ? Omit<Asked, 'nonce' | 'timeMs'> : never

/** What came of a question. */
export interface BrokerAnswer {
  /** The very bytes that were sent. */
  readonly question: Uint8Array
  readonly answer: unknown
}

/** Puts a page's questions to its broker. */
export class BrokerConnection {
  readonly #options: BrokerOptions
  readonly #service: 'kms' | 'oss'
  readonly #timeoutMs: number
  /** How far the broker's clock is ahead of this one. */
  #aheadMs = 0

  /** @throws TypeError, RangeError for options that are none. */
  constructor(what: string, options: BrokerOptions, service: 'kms' | 'oss') {
    assertOptions(what, options, OPTIONS)
    if (typeof options.url !== 'string') throw new TypeError(`${what} needs the \`url\` of the broker`)
    this.#options = options
    this.#service = service
    this.#timeoutMs = timerMs('timeoutMs', options.timeoutMs ?? 30_000)
  }

  /**
   * Asks one question; once more, where the broker says that the clocks differ.
   *
   * @throws ServiceError with what the broker refused for; the signal's reason.
   */
  async ask(unstamped: Unstamped<Question>, signal: AbortSignal | undefined): Promise<BrokerAnswer> {
    for (let again = false; ; again = true) {
      const nonce = encodeBase64(crypto.getRandomValues(new Uint8Array(16)))
      const body = JSON.stringify({ ...unstamped, nonce, timeMs: Date.now() + this.#aheadMs })
      const { status, answer } = await this.#send(body, signal)
      if (status === 200) return { question: encodeUtf8(body), answer }
      const { error, timeMs } = (answer ?? {}) as Partial<RefusalAnswer>
      if (error !== 'clock' || typeof timeMs !== 'number' || again) throw this.#refusal(status)
      this.#aheadMs = timeMs - Date.now()
    }
  }

  async #send(body: string, signal: AbortSignal | undefined): Promise<{ status: number; answer: unknown }> {
    const { url, headers, fetch = globalThis.fetch.bind(globalThis) } = this.#options
    signal?.throwIfAborted()
    const link = linkAbort(signal)
    const timer = setTimeout(link.abort, this.#timeoutMs)
    try {
      const settings = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', [BROKER_HEADER]: BROKER_VERSION },
        body,
        credentials: 'include',
        cache: 'no-store',
        signal: link.signal,
      } as const
      const response = await abortable(fetchDirectly(fetch, url, settings), link.signal)
      const answer: unknown = await response.json().catch((error: unknown) => {
        if (error instanceof SyntaxError) return null
        throw error
      })
      return { status: response.status, answer }
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof TypeError) && !link.signal.aborted) throw error
      throw new ServiceError('Unreachable', 'the broker cannot be reached, or does not answer', {
        service: this.#service,
        retryable: true,
      })
    } finally {
      clearTimeout(timer)
      link.release()
    }
  }

  #refusal(status: number): ServiceError {
    const details = { service: this.#service, status }
    if (status === 429)
      return new ServiceError('Throttled', 'the broker is throttling', { ...details, retryable: true })
    if (status >= 500) return new ServiceError('ServiceFailure', 'the broker failed', { ...details, retryable: true })
    if (status === 401 || status === 403) return new ServiceError('AccessDenied', 'the broker denies it', details)
    return new ServiceError('Rejected', 'the broker rejected the request', details)
  }
}
