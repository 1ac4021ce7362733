import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSocketEffect, playFault, type ServiceEffect } from '../faults/play-fault.js'
import type { LocalService, ServiceOptions } from '../http/service.js'
import { usualCodeOf } from './error/error-codes.js'
import { OssError } from './error/oss-error.js'
import { sendAnswer } from './request/answer.js'
import { sendError } from './request/send-error.js'
import { wholeSecond, type OssCall } from './request/oss-call.js'
import { parseRequestUrl, possibleTargets } from './request/target.js'
import { findRoute } from './find-route.js'
import type { Route } from './route.js'
import { verifySignature } from './signature/verify-signature.js'
import { isBucketName, ObjectStore } from './store/object-store.js'

/** What the local OSS is made from. */
export interface OssServiceOptions extends ServiceOptions {
  /** Buckets that exist from the start, whether or not they did before. */
  readonly buckets?: readonly string[]
  /** The region, such as `cn-hangzhou`. When it is given, version 4 signatures must be for it; else they may be for any. */
  readonly region?: string
}

/**
 * Opens the local OSS in its folder.
 *
 * @throws RangeError when a bucket's name is not one that OSS accepts.
 */
export async function createOssService(options: OssServiceOptions): Promise<LocalService> {
  const store = new ObjectStore(options.folder)
  for (const name of options.buckets ?? []) {
    if (!isBucketName(name)) throw new RangeError(`not a bucket name: ${name}`)
    if (store.find(name) !== null) continue
    store.create({ name, createdMs: wholeSecond(options.now()), acl: 'private', storageClass: 'Standard' })
  }
  return {
    handle: (request, response) => new Exchange(options, store, request, response).run(),
    close: () => store.close(),
  }
}

/** One request and its answer. */
class Exchange {
  readonly #options: OssServiceOptions
  readonly #store: ObjectStore
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #requestId = randomBytes(12).toString('hex').toUpperCase()
  readonly #startMs = performance.now()

  constructor(options: OssServiceOptions, store: ObjectStore, request: IncomingMessage, response: ServerResponse) {
    this.#options = options
    this.#store = store
    this.#request = request
    this.#response = response
  }

  async run(): Promise<void> {
    // A connection that breaks is noticed where it is read or written; without a listener it would end the process.
    this.#request.on('error', () => undefined)
    this.#response.on('error', () => undefined)
    this.#response.setHeader('server', 'AliyunOSS')
    this.#response.setHeader('x-oss-request-id', this.#requestId)
    try {
      await this.#answer()
    } catch (error) {
      await this.#answerError(error instanceof OssError ? error : new OssError('InternalError'))
    }
  }

  async #answer(): Promise<void> {
    const method = this.#request.method ?? ''
    const { route, call } = this.#understand()
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

  /** Finds out what is asked for, and that it may be asked. */
  #understand(): { route: Route; call: OssCall } {
    const { method = '', url = '/' } = this.#request
    const headers = headersOf(this.#request)
    const { path, query } = parseRequestUrl(url)
    const host = headers.get('host') ?? ''
    const targets = possibleTargets(path, host, (name) => this.#store.find(name) !== null)
    const nowMs = this.#options.now()
    const signed = { method, headers, query }
    const target = verifySignature(signed, targets, this.#options.accessKeys, nowMs, this.#options.region)
    const route = findRoute(signed, target)
    const region = this.#options.region ?? 'cn-hangzhou'
    const { bucketName, key } = target
    const call = { bucketName, key, query, headers, host, region, nowMs, rangeLie: undefined }
    return { route, call: { ...call, request: this.#request, store: this.#store } }
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

function headersOf(request: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}
