import { serveDownloads } from 'osscrypt/download-worker'
import type { MediaAnswer, MediaQuestion } from './messages.js'

/** As much of a service worker's platform as is used. */
interface WorkerScope {
  skipWaiting(): Promise<void>
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { readonly type: 'window' }): Promise<readonly WorkerClient[]>
  }
  addEventListener(name: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void
  addEventListener(name: 'fetch', listener: (event: FetchEvent) => void): void
}
interface WorkerClient {
  postMessage(message: unknown, transfer: Transferable[]): void
}
interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void
  /** Where the browser has it. */
  addRoutes?(
    routes: readonly { readonly condition: { readonly urlPattern: string }; readonly source: 'network' }[],
  ): Promise<void>
}
interface FetchEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

const worker = self as unknown as WorkerScope

/** A part of an object on a slow network. */
const ANSWER_WITHIN_MS = 60_000

serveDownloads()
worker.addEventListener('install', (event) => {
  // What is not asked of this worker does not pass through it: it would keep the body of each request until its garbage is collected.
  const routes = ['/oss/*', '/api/*', '/broker/*'].map(
    (urlPattern) => ({ condition: { urlPattern }, source: 'network' }) as const,
  )
  event.waitUntil(Promise.resolve(event.addRoutes?.(routes)).catch(() => undefined))
  void worker.skipWaiting()
})
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))
worker.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url)
  const id = /^\/media\/([\w-]+)$/.exec(pathname)?.[1]
  if (origin === location.origin && id !== undefined) event.respondWith(answer(event.request, id))
})

/** Has the page that the id belongs to decrypt what is asked for. Keys and plaintext are never kept here. */
async function answer(request: Request, id: string): Promise<Response> {
  const question: MediaQuestion = { type: 'osscrypt-media', id, range: request.headers.get('range') }
  const pages = await worker.clients.matchAll({ type: 'window' })
  const answers = await Promise.all(pages.map((page) => ask(page, question)))
  const own = answers.find((each) => each !== null)
  return own ? new Response(own.body, own) : new Response(null, { status: 404 })
}

function ask(page: WorkerClient, question: MediaQuestion): Promise<MediaAnswer | null> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ANSWER_WITHIN_MS)
    port1.onmessage = ({ data }) => {
      clearTimeout(timer)
      port1.close()
      resolve(data as MediaAnswer | null)
    }
    page.postMessage(question, [port2])
  })
}
