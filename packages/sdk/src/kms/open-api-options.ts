import type { Credentials } from './credentials.js'
import { chooseProxyBy, type ChooseProxy, type ForwardProxyOptions } from './forward-proxy.js'
import type { KmsEndpointOptions } from './kms-endpoint.js'

/** Options of the KMS client over HTTP. */
export interface OpenApiKmsClientOptions extends KmsEndpointOptions, ForwardProxyOptions {
  /** Default: the default chain of `@alicloud/credentials`. */
  readonly credentials?: Credentials | undefined
  /** How long a connection, and then an answer, may take, in milliseconds. Default 5000; `Infinity` for no limit. */
  readonly timeoutMs?: number | undefined
}

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
