import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers a request of Node's http or https; in Express, a route's handler. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

const NOWHERE = 'http://localhost'

/** What Express and its like add. */
type ExtendedRequest = IncomingMessage & { readonly originalUrl?: unknown; readonly body?: unknown }

/**
 * A handler of web requests, such as a broker, for Node's http. A body that a parser of JSON has read before is taken from where it put it; nothing of
 * a body that nobody asks for is taken in.
 */
export function toNodeHandler(handle: (request: Request) => Promise<Response>): NodeHandler {
  return (request, response) => {
    answer(handle, request, response).catch(() => response.destroy())
  }
}

async function answer(
  handle: (request: Request) => Promise<Response>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => {
    gone.abort()
  })
  let answered: Response
  try {
    const asked = toRequest(request, gone.signal)
    answered = asked ? await handle(asked) : new Response(null, { status: 400 })
  } catch {
    answered = new Response(null, { status: 500 })
  }
  const content = Buffer.from(await answered.arrayBuffer())
  // What of the body was not read is not going to be.
  const isRead = request.complete && request.readableLength === 0
  if (!isRead && request.httpVersionMajor === 1) response.setHeader('connection', 'close')
  response.writeHead(answered.status, { ...Object.fromEntries(answered.headers), 'content-length': content.length })
  response.end(content)
}

/** Undefined for what none can be: TRACE, or an address that is none. */
function toRequest(request: ExtendedRequest, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url = '/', originalUrl = url } = request
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(method) || !URL.canParse(String(originalUrl), NOWHERE)) return undefined
  const headers = headersOf(request)
  const address = new URL(String(originalUrl), NOWHERE)
  const host = request.headers.host ?? request.headers[':authority']
  if (typeof host === 'string' && URL.canParse(`http://${host}`)) address.host = host
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(address, {
    method,
    headers,
    signal,
    ...(hasBody && { body: bodyOf(request), duplex: 'half' }),
  })
}

/** All values of each, as they came: HTTP/2 has no `headersDistinct`, and `headers` of HTTP/1 leaves some out. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    if (!name.startsWith(':')) headers.append(name, value)
  }
  return headers
}

function bodyOf(request: ExtendedRequest): ReadableStream<Uint8Array> | string | Uint8Array {
  const { body } = request
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  // Nobody reads it a second time.
  if (typeof body === 'object' && body !== null && request.readableEnded) return JSON.stringify(body)
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(new Uint8Array(next.value))
      },
      // The answer still goes out by the same connection.
      cancel: () => undefined,
    },
    { highWaterMark: 0 },
  )
}
