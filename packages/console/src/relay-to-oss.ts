import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream'
import { RELAY_HEADERS } from './page-headers.js'

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])

/** What of a request OSS is to see. What the broker has signed is among it; what is of this server or of the browser is not. */
const REQUEST_HEADERS =
  /^(?:accept|cache-control|content-.+|expires|if-.+|range|x-oss-(?!security-token|date|content-sha256).+)$/

/** Of an answer: nothing that would tell a browser to do something. */
const ANSWER_HEADERS = /^(?:accept-ranges|cache-control|content-.+|date|etag|expires|last-modified|x-oss-.+)$/

const IDLE_TIMEOUT_MS = 120_000

/**
 * Sends a request that the broker has signed on to OSS, and its answer back, as they are, so that no bucket needs a CORS rule for this page, and the page
 * talks to nobody but its own server. Everything that goes through is ciphertext.
 *
 * @param bucketUrl Where OSS has the bucket.
 * @param target The object and the query, as they stood in the URL: encoded, and with the signature.
 */
export function relayToOss(
  bucketUrl: string,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '' } = request
  if (!METHODS.has(method) || !target.includes('x-oss-signature=')) {
    response.writeHead(403, RELAY_HEADERS).end()
    return Promise.resolve()
  }
  const { protocol, hostname, port, pathname } = new URL(bucketUrl)
  const send = protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const headers = { ...pick(request.headers, REQUEST_HEADERS), 'accept-encoding': 'identity' }
    const path = `${pathname.replace(/\/$/, '')}/${target}`
    const upstream = send({ hostname, port, path, method, headers, timeout: IDLE_TIMEOUT_MS }, (answer) => {
      const own = pick(answer.headers, ANSWER_HEADERS)
      response.writeHead(answer.statusCode ?? 502, { ...own, ...RELAY_HEADERS })
      pipeline(answer, response, () => resolve())
    })
    upstream.once('timeout', () => upstream.destroy())
    upstream.once('error', () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502, RELAY_HEADERS).end()
      resolve()
    })
    // Whoever has gone does not want the rest, either.
    response.once('close', () => upstream.destroy())
    pipeline(request, upstream, () => undefined)
  })
}

function pick(headers: IncomingHttpHeaders, names: RegExp): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name, value]) => names.test(name) && value !== undefined)
  return Object.fromEntries(kept) as Record<string, string | string[]>
}
