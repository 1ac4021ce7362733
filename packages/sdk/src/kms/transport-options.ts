import { chooseProxyBy, type ChooseProxy } from './forward-proxy.js'
import type { Credentials, OpenApiKmsClientOptions } from './open-api-options.js'

/** What requests are sent with. */
export interface TransportOptions {
  readonly credentials: Credentials | undefined
  readonly timeoutMs: number
  readonly chooseProxy: ChooseProxy
}

/** What a timer can wait: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** @throws TypeError when the proxy is none; RangeError when the time limit is none. */
export function checkTransportOptions(options: OpenApiKmsClientOptions): TransportOptions {
  const { credentials, timeoutMs = 5000 } = options
  const limited = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS
  if (!limited && timeoutMs !== Infinity) {
    throw new RangeError(`timeoutMs: neither a number up to ${String(MAX_TIMEOUT_MS)} nor Infinity`)
  }
  return { credentials, timeoutMs, chooseProxy: chooseProxyBy(options) }
}
