import { request } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { ExchangeFailure } from './http-exchange.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'

/** Tells the proxy for a host: undefined for none. */
export type ChooseProxy = (hostname: string, port: number) => URL | undefined

/** @throws TypeError when it is no proxy's URL, which the message does not repeat: it may hold a password. */
export function chooseProxyBy(
  { httpsProxy }: Pick<OpenApiKmsClientOptions, 'httpsProxy'>,
  environment = process.env,
): ChooseProxy {
  if (httpsProxy === false) return () => undefined
  if (httpsProxy !== undefined) {
    const proxy = parseProxy(httpsProxy, '`httpsProxy`')
    return () => proxy
  }
  const text = environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? ''
  if (text === '') return () => undefined
  const proxy = parseProxy(text, 'HTTPS_PROXY')
  const exceptions = (environment['no_proxy'] ?? environment['NO_PROXY'] ?? '').split(/[\s,]+/).filter(Boolean)
  return (hostname, port) => (exceptions.some((exception) => isMeant(exception, hostname, port)) ? undefined : proxy)
}

function parseProxy(text: unknown, where: string): URL {
  const url = typeof text !== 'string' ? '' : text.includes('://') ? text : `http://${text}`
  const proxy = URL.canParse(url) ? new URL(url) : undefined
  if (proxy?.protocol !== 'http:' || proxy.pathname !== '/' || proxy.search || proxy.hash) {
    throw new TypeError(`${where} is not the URL of a proxy: http://host:port`)
  }
  return proxy
}

/** Whether an entry of NO_PROXY means a host: `*`, a name with all names below it, each with or without a port. */
function isMeant(exception: string, hostname: string, port: number): boolean {
  if (exception === '*') return true
  const [, name = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? []
  if (only !== undefined && Number(only) !== port) return false
  return name !== '' && (hostname === name || hostname.endsWith(`.${name}`))
}

/** Connects through a proxy: a tunnel by CONNECT (RFC 9110, section 9.3.6), and TLS with the host itself inside of it. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL
  readonly #timeoutMs: number

  constructor(proxy: URL, timeoutMs: number, options: AgentOptions) {
    super(options)
    this.#proxy = proxy
    this.#timeoutMs = timeoutMs
  }

  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, connection: Duplex) => void,
  ): undefined {
    const { hostname, port, username, password } = this.#proxy
    const target = `${options.host?.includes(':') ? `[${options.host}]` : String(options.host)}:${String(options.port)}`
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    const connecting = request({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || 80,
      method: 'CONNECT',
      path: target,
      agent: false,
      headers: { host: target, ...(username && { 'proxy-authorization': `Basic ${btoa(user)}` }) },
      ...(this.#timeoutMs !== Infinity && { timeout: this.#timeoutMs }),
    })
    const fail = (reason: string, retryable = true) =>
      callback?.(new ExchangeFailure(`the proxy ${reason}`, { retryable }), undefined as never)
    connecting.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        return fail(`answered CONNECT with HTTP ${String(statusCode)}`, statusCode >= 500)
      }
      if (head.length > 0) socket.unshift(head)
      callback?.(null, connectTls({ ...options, socket }))
    })
    connecting.once('error', ({ code = '' }: NodeJS.ErrnoException) =>
      fail(`cannot be reached${/^[A-Z_]{2,60}$/.test(code) ? `: ${code}` : ''}`),
    )
    connecting.once('timeout', () => connecting.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })))
    connecting.end()
    return undefined
  }
}
