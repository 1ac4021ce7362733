import { BROKER_HEADER, type RefusalAnswer, type RefusalCode } from './broker-messages.js'
import type { BrokerSettings } from './broker-options.js'
import type { BrokerRefusal, RefusalReason } from './broker-refusal.js'

const CODES: Partial<Record<RefusalReason, RefusalCode>> = {
  request: 'malformed',
  malformed: 'malformed',
  clock: 'clock',
  rate: 'throttled',
  busy: 'throttled',
  timeout: 'failed',
  failure: 'failed',
}

/** Answers pages of the configured origins, and lets no other read an answer. */
export class Replies {
  readonly #origins: readonly string[]
  readonly #headers: string

  constructor({ origins, allowedHeaders }: Pick<BrokerSettings, 'origins' | 'allowedHeaders'>) {
    this.#origins = origins
    this.#headers = ['content-type', BROKER_HEADER, ...allowedHeaders].join(', ')
  }

  /** Whether a request comes from one of the pages. Scripts cannot say another origin than their page's. */
  isFromPage(request: Request): boolean {
    const origin = request.headers.get('origin')
    return origin !== null && this.#origins.includes(origin)
  }

  /** What a browser asks before it sends a request of another origin. */
  preflight(request: Request): Response {
    return new Response(null, {
      status: 204,
      headers: {
        ...this.#headersFor(request),
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': this.#headers,
        'access-control-max-age': '600',
      },
    })
  }

  answer(request: Request, content: object): Response {
    return this.#json(request, 200, content)
  }

  refusal(request: Request, { status, reason }: BrokerRefusal): Response {
    const content: RefusalAnswer = {
      error: CODES[reason] ?? 'denied',
      ...(reason === 'clock' && { timeMs: Date.now() }),
    }
    return this.#json(request, status, content)
  }

  #json(request: Request, status: number, content: object): Response {
    const headers = { ...this.#headersFor(request), 'content-type': 'application/json' }
    return new Response(JSON.stringify(content), { status, headers })
  }

  #headersFor(request: Request): Record<string, string> {
    const common = { 'cache-control': 'no-store', vary: 'Origin', 'x-content-type-options': 'nosniff' }
    if (!this.isFromPage(request)) return common
    return {
      ...common,
      'access-control-allow-origin': request.headers.get('origin') ?? '',
      'access-control-allow-credentials': 'true',
    }
  }
}
