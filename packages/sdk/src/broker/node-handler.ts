import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers a request of Node's http or https; in Express, a route's handler. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

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
    answered = await handle(toRequest(request, gone.signal))
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

function toRequest(request: ExtendedRequest, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', originalUrl = url } = request
  const headers = new Headers()
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (!name.startsWith(':')) for (const value of values ?? []) headers.append(name, value)
  }
  const address = new URL(String(originalUrl), 'http://localhost')
  const { host } = request.headers
  if (host !== undefined && URL.canParse(`http://${host}`)) address.host = host
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(address, {
    method,
    headers,
    signal,
    ...(hasBody && { body: bodyOf(request), duplex: 'half' }),
  })
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
