import { OsscryptError } from '../errors.js'
import type { GetStreamOptions } from '../oss/get-stream.js'
import type { ObjectInfo } from '../oss/open-object.js'
import type { OssEncryptionClient } from '../oss/oss-encryption-client.js'
import { onAbort } from '../retry/on-abort.js'
import {
  downloadUrl,
  isLiveness,
  isQuestion,
  type Demand,
  type Liveness,
  type Offer,
  type Piece,
  type Port,
} from './download-protocol.js'

/** As much of a ServiceWorkerRegistration as is used. */
export interface WorkerRegistration {
  readonly scope: string
  readonly active: object | null
  readonly installing: WorkerInWaiting | null
  readonly waiting: WorkerInWaiting | null
}

interface WorkerInWaiting {
  readonly state: string
  addEventListener(type: 'statechange', listener: () => void): void
  removeEventListener(type: 'statechange', listener: () => void): void
}

/** How an object is saved among the browser's downloads. */
export interface SaveOptions extends Omit<GetStreamOptions, 'fetchTwice'> {
  /** Of a Service Worker that calls `serveDownloads`. It need not control the page. */
  readonly registration: WorkerRegistration
  /** Default: what is behind the last slash of the object's name. */
  readonly filename?: string | undefined
}

/** As much of a page as is used. */
interface Page {
  readonly navigator: {
    readonly serviceWorker: {
      addEventListener(type: 'message', listener: (event: PageMessageEvent) => void): void
      removeEventListener(type: 'message', listener: (event: PageMessageEvent) => void): void
      startMessages(): void
    }
  }
  readonly document: {
    createElement(name: 'iframe'): Frame
    readonly body: { append(frame: Frame): void }
  }
  addEventListener(type: 'pagehide', listener: () => void): void
  removeEventListener(type: 'pagehide', listener: () => void): void
}

interface Frame {
  hidden: boolean
  src: string
  remove(): void
}

interface PageMessageEvent {
  readonly data: unknown
  readonly source: { postMessage(message: unknown): void } | null
  readonly ports: readonly Port[]
}

/** The browser begins a download at once, or not at all. */
const BEGIN_MS = 30_000

/** Workers that nobody speaks to are ended after half a minute. */
const LIVENESS_MS = 10_000

/**
 * Saves a whole object among the browser's downloads, in constant memory, through a Service Worker. Verified bytes only: of a `floe` object each segment
 * before it is handed on, and that none is missing when the download ends; any other object is fetched twice, first to be verified as a whole, and
 * then, piece by piece compared with what was verified, for the browser. What cannot be verified any more on the way ends the download, which the
 * browser then shows as failed; it is the browser that gives the file its name.
 *
 * @returns when the browser has been given the last byte.
 * @throws as `getStream`; OsscryptError `DownloadBroken` when the browser did not begin the download, or ended it, as when the user cancels it.
 */
export async function saveThroughWorker(
  client: OssEncryptionClient,
  name: string,
  { registration, filename = baseName(name), ...options }: SaveOptions,
): Promise<ObjectInfo> {
  await whenActive(registration)
  const { stream, length, ...info } = await client.getStream(name, { ...options, fetchTwice: true })
  // What this platform's streams are; see `#output`.
  const reader = (stream as unknown as ReadableStream<Uint8Array>).getReader()
  try {
    await handOver(registration.scope, { filename, length }, reader, options.signal)
    return info
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

/** As much of a stream's reader as is used. */
interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
}

/** Offers a download, has the browser ask for it, and hands on what it takes. */
function handOver(scope: string, offer: Offer, reader: PieceReader, signal: AbortSignal | undefined): Promise<void> {
  const page = globalThis as unknown as Page
  const { serviceWorker } = page.navigator
  const id = crypto.randomUUID()
  return new Promise((resolve, reject) => {
    let port: Port | undefined
    let worker: PageMessageEvent['source'] = null
    let spoken = 0
    let ended = false
    const frame = page.document.createElement('iframe')
    const end = (error?: unknown) => {
      if (ended) return
      ended = true
      if (error !== undefined) port?.postMessage('failed' satisfies Piece)
      clearTimeout(beginning)
      clearInterval(living)
      stopListening()
      serviceWorker.removeEventListener('message', listen)
      page.removeEventListener('pagehide', leave)
      frame.remove()
      // The last message is sent before.
      port?.close()
      if (error === undefined) resolve()
      else reject(error)
    }
    const keepAlive = () => {
      spoken = Date.now()
      worker?.postMessage({ type: 'osscrypt-download-alive', id } satisfies Liveness)
    }
    const serve = async (demand: Demand): Promise<void> => {
      if (demand === 'cancel') return end(broken('the browser ended the download, or its user did'))
      // Timers of a page that nobody sees are seldom; what is asked for is not.
      if (Date.now() - spoken > LIVENESS_MS) keepAlive()
      try {
        const { done, value } = await reader.read()
        if (done || !value) {
          port?.postMessage('end' satisfies Piece)
          return end()
        }
        const bytes = ownBytes(value)
        port?.postMessage(bytes satisfies Piece, [bytes.buffer])
      } catch (error) {
        end(error)
      }
    }
    const listen = ({ data, source, ports: [given] }: PageMessageEvent) => {
      if (isLiveness(data, 'osscrypt-download-lost') && data.id === id && port) {
        end(broken('the browser ended the Service Worker'))
      }
      if (!isQuestion(data) || data.id !== id || !given || port) return
      clearTimeout(beginning)
      port = given
      worker = source
      spoken = Date.now()
      port.onmessage = ({ data: demand }) => void serve(demand as Demand)
      port.postMessage(offer)
    }
    const leave = () => end(broken('the page was left'))
    const beginning = setTimeout(() => end(broken('the browser did not begin the download')), BEGIN_MS)
    const living = setInterval(keepAlive, LIVENESS_MS)
    const stopListening = onAbort(signal, () => end(signal?.reason))
    serviceWorker.addEventListener('message', listen)
    serviceWorker.startMessages()
    page.addEventListener('pagehide', leave)
    if (signal?.aborted) return end(signal.reason)
    frame.hidden = true
    frame.src = downloadUrl(scope, id, offer.filename)
    page.document.body.append(frame)
  })
}

/** Bytes that can be given away: nothing else is in their buffer. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes)
}

function whenActive(registration: WorkerRegistration): Promise<void> {
  const coming = registration.installing ?? registration.waiting
  if (registration.active || !coming) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const look = () => {
      if (coming.state === 'activated') resolve()
      else if (coming.state === 'redundant') reject(broken('the Service Worker could not be installed'))
      else return
      coming.removeEventListener('statechange', look)
    }
    coming.addEventListener('statechange', look)
    look()
  })
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1) || 'download'
}

function broken(how: string): OsscryptError {
  return new OsscryptError('DownloadBroken', `${how}; what came of it is to be thrown away`)
}
