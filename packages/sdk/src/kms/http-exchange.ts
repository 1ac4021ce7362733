import { request as requestHttp, type Agent, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { onAbort } from '../retry/on-abort.js'
import { concatSecrets } from '../bytes/secret-bytes.js'

/** One request, and how much is waited for and taken. */
export interface Exchange {
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
  readonly agent: Agent
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as it is. Whoever gave it overwrites it afterwards. */
  readonly body: Uint8Array
  /** How long the connection, and then the whole answer, may take. `Infinity`: for ever. */
  readonly timeoutMs: number
  /** The most bytes that an answer may have, with its headers. */
  readonly maxAnswerLength: number
  readonly signal: AbortSignal | undefined
}

/** An answer, whole. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Owned by whoever gets it, who overwrites it: nothing else holds a byte of it. */
  readonly body: Uint8Array
}

/** Why there is no whole answer. Its message holds nothing of what was sent or came. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure'
  /** Whether something was there, and answered with what is not a whole answer. */
  readonly answered: boolean
  readonly status: number | undefined
  readonly retryable: boolean

  constructor(reason: string, facts: { answered?: boolean; status?: number | undefined; retryable?: boolean } = {}) {
    super(reason)
    this.answered = facts.answered ?? false
    this.status = facts.status
    this.retryable = facts.retryable ?? true
  }
}

/**
 * POSTs, once, and reads the answer into memory. What came over the connection is overwritten before this returns, whatever becomes of it.
 *
 * @throws ExchangeFailure; the signal's reason, at once: the connection is given up.
 */
export function exchange(options: Exchange): Promise<HttpAnswer> {
  const { secure, hostname, port, agent, path, headers, body, timeoutMs, maxAnswerLength, signal } = options
  return new Promise((resolve, reject) => {
    /** All that came, as the connection gave it, and the pieces that it was made into. */
    const came: Uint8Array[] = []
    const pieces: Uint8Array[] = []
    let cameLength = 0
    let socket: Socket | undefined
    let status: number | undefined
    const all = { ...headers, 'content-length': String(body.length) }
    const request = (secure ? requestHttps : requestHttp)({
      host: hostname,
      port,
      agent,
      path,
      method: 'POST',
      headers: all,
    })
    const broken = (reason: string, retryable = true) =>
      new ExchangeFailure(reason, { answered: status !== undefined, status, retryable })
    const startTimer = () =>
      timeoutMs === Infinity ? undefined : setTimeout(() => fail(broken('no answer in time')), timeoutMs)
    let timer = startTimer()
    const connected = () => {
      clearTimeout(timer)
      timer = startTimer()
    }
    const take = (bytes: Uint8Array) => {
      came.push(bytes)
      cameLength += bytes.length
      if (cameLength > maxAnswerLength) fail(broken('an answer that is longer than any of KMS', false))
    }
    const end = () => {
      clearTimeout(timer)
      unlisten()
      socket?.off('data', take).off('connect', connected).off('secureConnect', connected)
      for (const bytes of [...came, ...pieces]) bytes.fill(0)
    }
    const fail = (error: unknown) => {
      end()
      request.on('error', () => undefined).destroy()
      reject(error)
    }
    const unlisten = onAbort(signal, () => fail(signal?.reason))
    request.once('socket', (given) => {
      socket = given.on('data', take).once('connect', connected).once('secureConnect', connected)
    })
    request.once('error', (error) => fail(connectionFailure(error, status)))
    request.once('response', (response) => {
      status = response.statusCode ?? 0
      response.on('data', (piece: Uint8Array) => pieces.push(piece))
      response.once('error', () => fail(broken('the answer broke off')))
      response.once('end', () => {
        if (!response.complete) {
          fail(broken('the answer broke off'))
          return
        }
        const answer = { status: response.statusCode ?? 0, headers: response.headers, body: concatSecrets(pieces) }
        end()
        resolve(answer)
      })
    })
    request.end(body)
  })
}

/** What OpenSSL and Node call a certificate that they do not trust. Asking again does not change it. */
const UNTRUSTED = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)/

function connectionFailure(error: Error, status: number | undefined): ExchangeFailure {
  if (error instanceof ExchangeFailure) return error
  const { code } = error as { code?: unknown }
  const reason = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : ''
  if (reason.startsWith('HPE_')) {
    return new ExchangeFailure('what is there does not speak HTTP', { answered: true, status, retryable: false })
  }
  if (status !== undefined) return new ExchangeFailure('the answer broke off', { answered: true, status })
  if (UNTRUSTED.test(reason))
    return new ExchangeFailure(`its certificate is not trusted: ${reason}`, { retryable: false })
  return new ExchangeFailure(reason)
}
