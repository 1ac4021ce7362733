/** The service worker asks a page for a part of something that only the page can decrypt, with a port for the answer. */
export interface MediaQuestion {
  readonly type: 'osscrypt-media'
  readonly id: string
  /** The header `Range`, if there was one. */
  readonly range: string | null
}

/** What the browser's player is to be told. The worker is told null when the id is none of the page's. */
export interface MediaAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | null
}
