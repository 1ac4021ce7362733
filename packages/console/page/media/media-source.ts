import type { MediaAnswer, MediaQuestion } from './messages.js'

/** Something that the page decrypts, part by part, as the browser's player asks for it. */
export interface MediaSource {
  readonly type: string
  readonly length: number
  /** Gives a part, verified, both ends included. */
  read(start: number, end: number): Promise<Uint8Array>
  /** Told why a part could not be read. */
  failed(error: unknown): void
}

/** So much is given at a time; a player asks for the next. No answer is open for longer than it takes to read that. */
const MAX_PART = 1024 * 1024

const sources = new Map<string, MediaSource>()
let started: Promise<ServiceWorkerRegistration | null> | undefined

/** Starts the service worker. @returns null where this browser has none, as some have not in a private window. */
export function startMedia(): Promise<ServiceWorkerRegistration | null> {
  started ??= start()
  return started
}

async function start(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator)) return null
  const { serviceWorker } = navigator
  serviceWorker.addEventListener('message', ({ data, ports: [port] }) => {
    const question = data as Partial<MediaQuestion> | null
    if (question?.type === 'osscrypt-media' && port) void serve(question as MediaQuestion, port)
  })
  serviceWorker.startMessages()
  try {
    const registration = await serviceWorker.register('/service-worker.js')
    if (!serviceWorker.controller) {
      await new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve, { once: true }))
    }
    return registration
  } catch {
    return null
  }
}

/** Gives something an address that this page can load. To be revoked. */
export function mediaUrl(source: MediaSource): string {
  const id = crypto.randomUUID()
  sources.set(id, source)
  return `/media/${id}`
}

export function revokeMediaUrl(url: string): void {
  sources.delete(url.slice('/media/'.length))
}

async function serve({ id, range }: MediaQuestion, port: MessagePort): Promise<void> {
  const source = sources.get(id)
  const answer = source ? await read(source, range) : null
  port.postMessage(answer, answer?.body ? [answer.body.buffer] : [])
}

async function read(source: MediaSource, range: string | null): Promise<MediaAnswer> {
  const { type, length } = source
  const part = partOf(range ?? 'bytes=0-', length)
  if (!part) return { status: 416, headers: { 'content-range': `bytes */${String(length)}` }, body: null }
  const { start, end } = part
  try {
    // A copy: it is handed over.
    const body = new Uint8Array(await source.read(start, end))
    const headers = {
      'content-type': type,
      'content-length': String(body.length),
      'content-range': `bytes ${String(start)}-${String(end)}/${String(length)}`,
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    }
    return { status: 206, headers, body }
  } catch (error) {
    source.failed(error)
    return { status: 502, headers: {}, body: null }
  }
}

/** The part that is given for a range: its beginning. Undefined when it cannot be met, or is none. */
function partOf(header: string, length: number): { readonly start: number; readonly end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const asked = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1)
  if (start > asked) return undefined
  return { start, end: Math.min(asked, start + MAX_PART - 1) }
}
