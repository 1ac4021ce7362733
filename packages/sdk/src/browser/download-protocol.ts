// What a page and its Service Worker say to each other. The worker keeps nothing: a download is the page's, which has the keys, and the worker asks for it
// when the browser does.

/** URLs of downloads are these, below the worker's scope. */
const FOLDER = 'osscrypt-download/'

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The worker to every page of its origin, with a port: whose download is that? Whose it is answers over the port; all else goes over it, too. */
export interface Question {
  readonly type: 'osscrypt-download'
  readonly id: string
}

/** The page, once: it is mine, and this is what the browser is to be told. */
export interface Offer {
  readonly filename: string
  /** Bytes in all; undefined where that is not known. */
  readonly length: number | undefined
}

/** The worker, for each piece: the next one; or: the browser wants no more. */
export type Demand = 'next' | 'cancel'

/** The page: a piece; the end; that there is no end. */
export type Piece = Uint8Array<ArrayBuffer> | 'end' | 'failed'

/** The page to the worker, now and then: is it still there? It answers when it is not, or has been started anew. */
export interface Liveness {
  readonly type: 'osscrypt-download-alive' | 'osscrypt-download-lost'
  readonly id: string
}

export function isQuestion(message: unknown): message is Question {
  return isAbout(message, 'osscrypt-download')
}

export function isLiveness(message: unknown, type: Liveness['type']): message is Liveness {
  return isAbout(message, type)
}

/** As much of a MessagePort as is used. */
export interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void
  close(): void
}

/** Where a download is. */
export function downloadUrl(scope: string, id: string, filename: string): string {
  return new URL(`${FOLDER}${id}/${encodeURIComponent(filename)}`, scope).href
}

/** The download that a URL is of; undefined when it is of none. */
export function downloadIdOf(url: string, scope: string): string | undefined {
  const base = new URL(FOLDER, scope).href
  if (!url.startsWith(base)) return undefined
  const [id = ''] = url.slice(base.length).split('/')
  return ID.test(id) ? id : undefined
}

function isAbout(message: unknown, type: string): boolean {
  if (typeof message !== 'object' || message === null) return false
  const { type: given, id } = message as { readonly type?: unknown; readonly id?: unknown }
  return given === type && typeof id === 'string' && ID.test(id)
}
