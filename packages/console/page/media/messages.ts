/** The service worker asks the page for something that only the page can decrypt. Sent with a port, over which the rest goes. */
export interface MediaRequest {
  readonly kind: 'osscrypt-media'
  readonly id: string
  /** The header `Range`, if there was one. */
  readonly range: string | null
}

/** The page's first answer; null when the id is none of its own. */
export type MediaHead = { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null

/** What the page sends for each `pull`. A message that is no chunk is the last. */
export type MediaChunk =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'end' }
  | { readonly kind: 'error' }

export type MediaCommand = 'pull' | 'cancel'
