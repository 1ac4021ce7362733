import type { MediaChunk, MediaCommand, MediaHead, MediaRequest } from './messages.js'

/** Something that the page decrypts when the browser reads it. */
export interface MediaSource {
  readonly type: string
  /** Bytes; undefined when nobody knows before the end. */
  readonly length: number | undefined
  /** Gives a part, verified, both ends included. */
  read(start: number, end: number | undefined): Promise<ReadableStream<Uint8Array>>
  /** Stored under that name, instead of shown. */
  readonly downloadAs?: string | undefined
  /** Why it could not be read. */
  failed(error: unknown): void
  ended?(): void
}

const sources = new Map<string, MediaSource>()
let started: Promise<boolean> | undefined

/** Starts the service worker. @returns whether this browser has one, which it may not in a private window. */
export function startMedia(): Promise<boolean> {
  started ??= start()
  return started
}

async function start(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false
  const container = navigator.serviceWorker
  container.addEventListener('message', ({ data, ports: [port] }) => {
    const request = data as Partial<MediaRequest> | null
    if (request?.kind === 'osscrypt-media' && port) void serve(request as MediaRequest, port)
  })
  container.startMessages()
  try {
    await container.register('/service-worker.js')
    await container.ready
    if (!container.controller) {
      await new Promise((resolve) => container.addEventListener('controllerchange', resolve, { once: true }))
    }
    return true
  } catch {
    return false
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

async function serve({ id, range }: MediaRequest, port: MessagePort): Promise<void> {
  const send = (message: MediaHead | MediaChunk, transfer: Transferable[] = []) => port.postMessage(message, transfer)
  const source = sources.get(id)
  if (!source) {
    send(null)
    return
  }
  const { length } = source
  const asked = range === null || length === undefined ? undefined : parseRange(range, length)
  if (asked === null) {
    send({ status: 416, headers: { 'content-range': `bytes */${String(length)}` } })
    return
  }
  let reader: ReadableStreamDefaultReader<Uint8Array>
  try {
    reader = (await source.read(asked?.start ?? 0, asked?.end)).getReader()
  } catch (error) {
    source.failed(error)
    send({ status: 502, headers: {} })
    send({ kind: 'end' })
    return
  }
  port.onmessage = ({ data }) => {
    if ((data as MediaCommand) === 'cancel') {
      port.close()
      void reader.cancel().catch(() => undefined)
    } else void pull()
  }
  const pull = async () => {
    try {
      const { done, value } = await reader.read()
      if (!value || done) {
        send({ kind: 'end' })
        source.ended?.()
        return
      }
      // A copy: it is handed over, and a piece may be part of a larger buffer.
      const bytes = new Uint8Array(value)
      send({ kind: 'chunk', bytes }, [bytes.buffer])
    } catch (error) {
      source.failed(error)
      send({ kind: 'error' })
    }
  }
  send(headOf(source, asked))
}

function headOf({ type, length, downloadAs }: MediaSource, asked: Range | undefined): NonNullable<MediaHead> {
  const headers: Record<string, string> = {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Whoever wrote it, it is no page of this console.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'",
  }
  if (downloadAs !== undefined) {
    const name = encodeURIComponent(downloadAs).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
    headers['content-disposition'] = `attachment; filename*=UTF-8''${name}`
  }
  if (length === undefined) return { status: 200, headers }
  headers['accept-ranges'] = 'bytes'
  headers['content-length'] = String(asked ? asked.end - asked.start + 1 : length)
  if (!asked) return { status: 200, headers }
  headers['content-range'] = `bytes ${String(asked.start)}-${String(asked.end)}/${String(length)}`
  return { status: 206, headers }
}

interface Range {
  readonly start: number
  readonly end: number
}

/** @returns undefined for what is to be ignored; null when it cannot be met. */
function parseRange(header: string, length: number): Range | null | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const end = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1)
  return start <= end && start < length ? { start, end } : null
}
