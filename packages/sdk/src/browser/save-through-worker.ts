import { OsscryptError } from '../errors.js'
import type { GetStreamOptions } from '../oss/get-stream.js'
import type { ObjectInfo } from '../oss/open-object.js'
import type { OssEncryptionClient } from '../oss/oss-encryption-client.js'
import { linkAbort, type LinkedAbort } from '../retry/linked-abort.js'
import { abortable } from '../retry/retry.js'
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
async function handOver(
  scope: string,
  offer: Offer,
  reader: PieceReader,
  signal: AbortSignal | undefined,
): Promise<void> {
  const page = globalThis as unknown as Page
  signal?.throwIfAborted()
  const link = linkAbort(signal)
  const id = crypto.randomUUID()
  const leave = () => link.abort(broken('the page was left'))
  const frame = page.document.createElement('iframe')
  page.addEventListener('pagehide', leave)
  try {
    const asking = takeQuestion(page, id, link)
    frame.hidden = true
    frame.src = downloadUrl(scope, id, offer.filename)
    page.document.body.append(frame)
    await giveAll(page, id, await asking, offer, reader, link)
    // The browser may have been given all of a short object before it has made a download of it: without the frame it would make none.
    setTimeout(() => frame.remove(), BEGIN_MS)
  } catch (error) {
    frame.remove()
    throw error
  } finally {
    page.removeEventListener('pagehide', leave)
    link.release()
  }
}

/** A download that the browser asks for. */
interface Asked {
  readonly port: Port
  /** Who asks on its behalf. */
  readonly worker: PageMessageEvent['source']
}

async function takeQuestion({ navigator: { serviceWorker } }: Page, id: string, link: LinkedAbort): Promise<Asked> {
  let listen: (event: PageMessageEvent) => void = () => undefined
  const timer = setTimeout(() => link.abort(broken('the browser did not begin the download')), BEGIN_MS)
  const asked = new Promise<Asked>((resolve) => {
    listen = ({ data, source, ports: [port] }) => {
      if (isQuestion(data) && data.id === id && port) resolve({ port, worker: source })
    }
  })
  serviceWorker.addEventListener('message', listen)
  serviceWorker.startMessages()
  try {
    return await abortable(asked, link.signal)
  } finally {
    clearTimeout(timer)
    serviceWorker.removeEventListener('message', listen)
  }
}

/** Gives a piece for each demand, until there is none. */
async function giveAll(
  { navigator: { serviceWorker } }: Page,
  id: string,
  { port, worker }: Asked,
  offer: Offer,
  reader: PieceReader,
  { signal, abort }: LinkedAbort,
): Promise<void> {
  let spoken = Date.now()
  const keepAlive = () => {
    spoken = Date.now()
    worker?.postMessage({ type: 'osscrypt-download-alive', id } satisfies Liveness)
  }
  const hearLoss = ({ data }: PageMessageEvent) => {
    if (isLiveness(data, 'osscrypt-download-lost') && data.id === id)
      abort(broken('the browser ended the Service Worker'))
  }
  let demands = 0
  let wake: () => void = () => undefined
  port.onmessage = ({ data }) => {
    if ((data as Demand) === 'cancel') abort(broken('the browser ended the download, or its user did'))
    demands += 1
    wake()
  }
  const living = setInterval(keepAlive, LIVENESS_MS)
  serviceWorker.addEventListener('message', hearLoss)
  try {
    port.postMessage(offer)
    for (;;) {
      while (demands === 0) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve
        })
        await abortable(woken, signal)
      }
      demands -= 1
      // Timers of a page that nobody sees are seldom; what is asked for is not.
      if (Date.now() - spoken > LIVENESS_MS) keepAlive()
      const { done, value } = await abortable(reader.read(), signal)
      if (done || !value) break
      const bytes = ownBytes(value)
      port.postMessage(bytes satisfies Piece, [bytes.buffer])
    }
    port.postMessage('end' satisfies Piece)
  } catch (error) {
    port.postMessage('failed' satisfies Piece)
    throw error
  } finally {
    clearInterval(living)
    serviceWorker.removeEventListener('message', hearLoss)
    // What was said before is heard all the same.
    port.close()
  }
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
