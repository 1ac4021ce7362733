import { encodeContentDisposition } from '../store/content-disposition.js'
import {
  downloadIdOf,
  isLiveness,
  type Demand,
  type Liveness,
  type Offer,
  type Piece,
  type Port,
  type Question,
} from './download-protocol.js'

/** As much of a Service Worker's global scope as is used. */
export interface WorkerScope {
  readonly registration: { readonly scope: string }
  readonly clients: {
    matchAll(options: { readonly includeUncontrolled: true; readonly type: 'window' }): Promise<readonly WorkerClient[]>
  }
  addEventListener(type: 'fetch', listener: (event: WorkerFetchEvent) => void): void
  addEventListener(type: 'message', listener: (event: WorkerMessageEvent) => void): void
}

interface WorkerClient {
  postMessage(message: unknown, transfer?: readonly unknown[]): void
}

interface WorkerFetchEvent {
  readonly request: { readonly url: string; readonly method: string }
  respondWith(response: Promise<Response>): void
}

interface WorkerMessageEvent {
  readonly data: unknown
  readonly source: WorkerClient | null
  waitUntil(work: Promise<unknown>): void
}

/** A page that is busy answers later than that, and one that is not there never. */
const ANSWER_MS = 10_000

/** So many pieces wait for the browser to take them. */
const PIECES_AHEAD = 2

/**
 * Answers the browser's requests for downloads that `saveThroughWorker` offers; to be called when a Service Worker starts. All other requests are left alone, so
 * that a worker may have other work, too. It holds no keys and no state: it is given plaintext, piece by piece, and hands it to the browser.
 */
export function serveDownloads(scope: WorkerScope = globalThis as unknown as WorkerScope): void {
  const serving = new Set<string>()
  scope.addEventListener('fetch', (event) => {
    const id = downloadIdOf(event.request.url, scope.registration.scope)
    if (id === undefined) return
    event.respondWith(event.request.method === 'GET' ? answer(scope, id, serving) : Promise.resolve(notFound()))
  })
  scope.addEventListener('message', (event) => {
    const { data, source } = event
    if (!isLiveness(data, 'osscrypt-download-alive')) return
    // That it came keeps the worker from being ended.
    event.waitUntil(Promise.resolve())
    if (!serving.has(data.id)) source?.postMessage({ type: 'osscrypt-download-lost', id: data.id } satisfies Liveness)
  })
}

async function answer(scope: WorkerScope, id: string, serving: Set<string>): Promise<Response> {
  serving.add(id)
  const found = await findOwner(scope, id)
  if (!found) {
    serving.delete(id)
    return notFound()
  }
  const { offer, port } = found
  const { filename, length } = offer
  return new Response(
    streamFrom(port, () => serving.delete(id)),
    {
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': encodeContentDisposition(`attachment; filename="${filename.replace(/["\\]/g, '\\$&')}"`),
        // What is shorter is a download that failed.
        ...(length !== undefined && { 'content-length': String(length) }),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      },
    },
  )
}

/** Asks all pages of this origin, of which one has the download. */
async function findOwner(
  scope: WorkerScope,
  id: string,
): Promise<{ readonly offer: Offer; readonly port: Port } | null> {
  const pages = await scope.clients.matchAll({ includeUncontrolled: true, type: 'window' })
  const ports = pages.map((page) => {
    const { port1, port2 } = new MessageChannel()
    page.postMessage({ type: 'osscrypt-download', id } satisfies Question, [port2])
    return port1 as unknown as Port
  })
  return new Promise((resolve) => {
    const settle = (found: { readonly offer: Offer; readonly port: Port } | null) => {
      clearTimeout(timer)
      for (const port of ports) if (port !== found?.port) port.close()
      resolve(found)
    }
    const timer = setTimeout(() => settle(null), ANSWER_MS)
    for (const port of ports) {
      port.onmessage = ({ data }) => settle({ offer: data as Offer, port })
    }
  })
}

/** What comes over a port, one piece for each demand. */
function streamFrom(port: Port, end: () => void): ReadableStream<Uint8Array> {
  const demand = (what: Demand) => port.postMessage(what)
  let wanted: (() => void) | undefined
  const close = () => {
    port.close()
    end()
  }
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        port.onmessage = ({ data }) => {
          const piece = data as Piece
          if (typeof piece !== 'string') {
            controller.enqueue(piece)
            wanted?.()
            return
          }
          if (piece === 'end') controller.close()
          else controller.error(new TypeError('the download failed'))
          wanted?.()
          close()
        }
      },
      pull: () => {
        demand('next')
        return new Promise((resolve) => (wanted = resolve))
      },
      cancel: () => {
        demand('cancel')
        close()
      },
    },
    { highWaterMark: PIECES_AHEAD },
  )
}

function notFound(): Response {
  return new Response('There is no such download.', { status: 404, headers: { 'content-type': 'text/plain' } })
}
