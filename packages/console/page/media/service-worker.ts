import type { MediaChunk, MediaCommand, MediaHead, MediaRequest } from './messages.js'

/** What a service worker has of the platform; the page's types have no place for it. */
interface WorkerScope {
  skipWaiting(): Promise<void>
  readonly clients: {
    claim(): Promise<void>
    get(id: string): Promise<WorkerClient | undefined>
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
}
interface FetchEvent {
  readonly request: Request
  readonly clientId: string
  respondWith(response: Promise<Response>): void
}

const worker = self as unknown as WorkerScope
const ANSWER_WITHIN_MS = 30_000

worker.addEventListener('install', () => void worker.skipWaiting())
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))
worker.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url)
  const id = /^\/media\/([\w-]+)$/.exec(pathname)?.[1]
  if (origin === location.origin && id !== undefined) event.respondWith(answer(event, id))
})

/** Has the page that the id belongs to decrypt what is asked for. Keys and plaintext are never kept here. */
async function answer({ request, clientId }: FetchEvent, id: string): Promise<Response> {
  const own = clientId === '' ? undefined : await worker.clients.get(clientId)
  const others = await worker.clients.matchAll({ type: 'window' })
  const message: MediaRequest = { kind: 'osscrypt-media', id, range: request.headers.get('range') }
  for (const client of own ? [own, ...others] : others) {
    const { port1, port2 } = new MessageChannel()
    client.postMessage(message, [port2])
    const head = await nextMessage<MediaHead>(port1, null)
    if (head) return new Response(head.status === 416 ? null : toStream(port1), head)
    port1.close()
  }
  return new Response(null, { status: 404 })
}

/** As fast as it is read, and no faster. */
function toStream(port: MessagePort): ReadableStream<Uint8Array> {
  const command = (name: MediaCommand) => port.postMessage(name)
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const answered = nextMessage<MediaChunk>(port, { kind: 'error' })
        command('pull')
        const chunk = await answered
        if (chunk.kind === 'chunk') {
          controller.enqueue(chunk.bytes)
          return
        }
        port.close()
        if (chunk.kind === 'end') controller.close()
        else controller.error(new TypeError('the object could not be read'))
      },
      cancel: () => {
        command('cancel')
        port.close()
      },
    },
    { highWaterMark: 0 },
  )
}

function nextMessage<Message>(port: MessagePort, otherwise: Message): Promise<Message> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(otherwise), ANSWER_WITHIN_MS)
    port.onmessage = ({ data }) => {
      clearTimeout(timer)
      resolve(data as Message)
    }
  })
}
