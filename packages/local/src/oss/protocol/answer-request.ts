import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSocketEffect, playFault, type ServiceEffect } from '../../faults/play-fault.js'
import type { ServiceOptions } from '../../http/service.js'
import { usualCodeOf } from './error/error-codes.js'
import { OssError } from './error/oss-error.js'
import { sendAnswer } from './request/answer.js'
import { sendError } from './request/send-error.js'
import { understandRequest, type RequestRules } from './understand-request.js'

/** What a server that speaks OSS's protocol is made from. */
export interface ProtocolOptions extends RequestRules, Pick<ServiceOptions, 'faults' | 'onRequest'> {}

/** Answers one request, whatever it is; never rejects. */
export function answerRequest(
  options: ProtocolOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return new Exchange(options, request, response).run()
}

const RUN = randomBytes(8).toString('hex').toUpperCase()
let lastRequest = 0

/** 24 hexadecimal digits that no other request has. */
function newRequestId(): string {
  lastRequest = (lastRequest + 1) >>> 0
  return RUN + lastRequest.toString(16).toUpperCase().padStart(8, '0')
}

let lastDate = { second: NaN, text: '' }

/** The same for all requests of a second. */
function dateHeader(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== lastDate.second) lastDate = { second, text: new Date(nowMs).toUTCString() }
  return lastDate.text
}

/** One request and its answer. */
class Exchange {
  readonly #options: ProtocolOptions
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #requestId = newRequestId()
  readonly #startMs = performance.now()

  constructor(options: ProtocolOptions, request: IncomingMessage, response: ServerResponse) {
    this.#options = options
    this.#request = request
    this.#response = response
  }

  async run(): Promise<void> {
    // A connection that breaks is noticed where it is read or written; without a listener it would end the process.
    this.#request.on('error', () => undefined)
    this.#response.on('error', () => undefined)
    this.#response.setHeader('server', 'AliyunOSS')
    // The service's own clock: clients learn from it how wrong theirs is.
    this.#response.setHeader('date', dateHeader(this.#options.now()))
    this.#response.setHeader('x-oss-request-id', this.#requestId)
    try {
      await this.#answer()
    } catch (error) {
      await this.#answerError(error instanceof OssError ? error : new OssError('InternalError'))
    }
  }

  async #answer(): Promise<void> {
    const method = this.#request.method ?? ''
    const { route, call } = await understandRequest(this.#options, this.#request, this.#response)
    this.#options.onRequest?.({ operation: route.name, method, url: this.#request.url ?? '' })
    const effect = this.#options.faults.take('oss', route.name)
    if (effect !== undefined && isSocketEffect(effect)) {
      if ((await playFault(effect, this.#request, this.#response)) === 'answered') return
    } else if (effect !== undefined && effect.kind !== 'lie-range') {
      await this.#answerFault(effect)
      return
    }
    const rangeLie = effect?.kind === 'lie-range' ? effect.lie : undefined
    const answer = await route.carryOut({ ...call, rangeLie })
    this.#response.setHeader('x-oss-server-time', Math.round(performance.now() - this.#startMs))
    await sendAnswer(this.#response, answer, method !== 'HEAD')
  }

  async #answerFault(effect: Exclude<ServiceEffect, { kind: 'lie-range' }>): Promise<void> {
    if (effect.kind === 'throttle') {
      await this.#answerError(new OssError('TotalQpsLimitExceeded', { headers: { 'x-oss-qos-delay-time': '100' } }))
      return
    }
    const { status, code = usualCodeOf(status) } = effect
    await this.#answerError({ status, code, message: 'This answer was asked for.' })
  }

  async #answerError(error: Parameters<typeof sendError>[1]): Promise<void> {
    const { response, host } = { response: this.#response, host: this.#request.headers.host ?? '' }
    await sendError(response, error, { requestId: this.#requestId, host, isHead: this.#request.method === 'HEAD' })
  }
}
