import { randomUUID } from 'node:crypto'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { ServiceErrorCode } from '../errors.js'
import { abortable } from '../retry/retry.js'
import { encodeForm, encodeQuery, signAcs3 } from './acs3-request.js'
import { CredentialSource } from './credentials.js'
import { exchange, ExchangeFailure, type HttpAnswer } from './http-exchange.js'
import { TunnelAgent } from './forward-proxy.js'
import { badAnswer, decodeKmsAnswer, type KmsAnswer } from './kms-answer.js'
import type { KmsEndpoint } from './kms-endpoint.js'
import { noAnswer, refusal } from './kms-error.js'
import type { KmsParameters } from './kms-parameters.js'
import type { TransportOptions } from './transport-options.js'

/** The most bytes of an answer: a secret is the largest thing that KMS answers with, and has 30 KiB. */
const MAX_ANSWER_LENGTH = 256 * 1024

/** Less is not why KMS refuses a request's time: it takes a quarter of an hour. */
const MIN_SKEW_MS = 60_000

/** Sends KMS actions: in the RPC style, signed with ACS3-HMAC-SHA256. Connections are kept for the next ones. */
export class KmsTransport {
  readonly #options: TransportOptions
  readonly #credentials: CredentialSource
  readonly #agents = new Map<string, HttpAgent>()
  /** How much later it is at an endpoint than here, in milliseconds, where that was found to matter. */
  readonly #offsets = new Map<string, number>()

  constructor(options: TransportOptions) {
    this.#options = options
    this.#credentials = new CredentialSource(options.credentials)
  }

  /**
   * Sends one action, once.
   *
   * @throws ServiceError, whatever went wrong; the signal's reason when it is aborted.
   */
  async call(
    endpoint: KmsEndpoint,
    action: string,
    parameters: KmsParameters,
    signal: AbortSignal | undefined,
  ): Promise<KmsAnswer> {
    signal?.throwIfAborted()
    const answer = await this.#send(endpoint, action, parameters, signal)
    try {
      const decoded = decodeKmsAnswer(answer.body)
      if (answer.status > 199 && answer.status < 300) {
        if (!decoded) throw badAnswer('JSON object')
        return decoded
      }
      const { host } = endpoint
      throw refusal(action, answer.status, decoded, (code) => this.#prepareRetry(code, host, answer.headers.date))
    } finally {
      answer.body.fill(0)
    }
  }

  async #send(
    endpoint: KmsEndpoint,
    action: string,
    { open, secret = {} }: KmsParameters,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const { protocol, host } = endpoint
    const key = await abortable(this.#credentials.accessKey(), signal)
    const { hostname, port } = new URL(`${protocol}://${host}`)
    const secure = protocol === 'https'
    const place = { hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 443 : 80) }
    const query = encodeQuery(open)
    const body = encodeForm(secret)
    const headers = {
      host,
      accept: 'application/json',
      'user-agent': 'osscrypt',
      'x-acs-action': action,
      'x-acs-version': '2016-01-20',
      'x-acs-date': new Date(Date.now() + (this.#offsets.get(host) ?? 0)).toISOString().replace(/\.\d+Z$/, 'Z'),
      'x-acs-signature-nonce': randomUUID(),
      ...(body.length > 0 && { 'content-type': 'application/x-www-form-urlencoded' }),
    }
    try {
      return await exchange({
        ...place,
        secure,
        agent: this.#agent(endpoint, place.hostname, place.port),
        path: query === '' ? '/' : `/?${query}`,
        headers: signAcs3({ query, headers, body }, key),
        body,
        timeoutMs: this.#options.timeoutMs,
        maxAnswerLength: MAX_ANSWER_LENGTH,
        signal,
      })
    } catch (error) {
      throw error instanceof ExchangeFailure ? noAnswer(action, host, error) : error
    } finally {
      body.fill(0)
    }
  }

  /** Sees to it that the next attempt can go better. False when it cannot. */
  #prepareRetry(code: ServiceErrorCode, host: string, date: string | undefined): boolean {
    if (code === 'CredentialsExpired') return this.#credentials.renew()
    if (code !== 'ClockSkewed') return false
    const offset = Date.parse(date ?? '') - Date.now()
    // Where requests are dated by that clock already, something else is the matter.
    if (!(Math.abs(offset - (this.#offsets.get(host) ?? 0)) > MIN_SKEW_MS)) return false
    this.#offsets.set(host, offset)
    return true
  }

  #agent({ protocol, host, ca }: KmsEndpoint, hostname: string, port: number): HttpAgent {
    // An authority is trusted where it was given only, also by two instances behind one address.
    const id = JSON.stringify([protocol, host, ca])
    let agent = this.#agents.get(id)
    if (!agent) {
      agent = protocol === 'http' ? new HttpAgent({ keepAlive: true }) : this.#tlsAgent(hostname, port, ca)
      this.#agents.set(id, agent)
    }
    return agent
  }

  #tlsAgent(hostname: string, port: number, ca: string | undefined): HttpAgent {
    const { chooseProxy, timeoutMs } = this.#options
    const options = { keepAlive: true, ...(ca !== undefined && { ca }) }
    const proxy = chooseProxy(hostname, port)
    return proxy ? new TunnelAgent(proxy, timeoutMs, options) : new HttpsAgent(options)
  }
}
