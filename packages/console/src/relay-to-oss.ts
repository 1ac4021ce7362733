import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream'
import { RELAY_HEADERS } from './page-headers.js'

/** Whether requests of a method have a body. */
const METHODS: ReadonlyMap<string, boolean> = new Map([
  ['GET', false],
  ['HEAD', false],
  ['DELETE', false],
  ['PUT', true],
  ['POST', true],
])

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
  const hasBody = METHODS.get(method)
  const status = hasBody === undefined || !target.includes('x-oss-signature=') ? 403 : refuseLength(request, hasBody)
  if (status !== undefined) {
    response.writeHead(status, { ...RELAY_HEADERS, connection: 'close' }).end()
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
    if (hasBody) pipeline(request, upstream, () => undefined)
    else upstream.end()
  })
}

/** What is sent on has a length, or nothing comes: a body that OSS does not know of would be taken for another request. */
function refuseLength({ headers }: IncomingMessage, hasBody: boolean): number | undefined {
  const length = headers['content-length']
  if (headers['transfer-encoding'] !== undefined || (hasBody && length === undefined)) return 411
  return !hasBody && length !== undefined && length !== '0' ? 400 : undefined
}

function pick(headers: IncomingHttpHeaders, names: RegExp): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name, value]) => names.test(name) && value !== undefined)
  return Object.fromEntries(kept) as Record<string, string | string[]>
}
