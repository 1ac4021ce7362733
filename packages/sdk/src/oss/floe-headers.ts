/** What one answer says of a FLOE object. None of it is verified. */
export interface UnverifiedFloeFacts {
  readonly etag: string
  readonly versionId: string | undefined
  /** The first 74 bytes of the body. */
  readonly floeHeader: Uint8Array
  /** The object's length. */
  readonly totalLength: number
}

/** What was verified of a FLOE object when a part of it was read, so that another part can be asked for with one request. None of it is secret. */
export interface KnownFloeObject {
  readonly etag: string
  /** The first 74 bytes of the body. */
  readonly floeHeader: Uint8Array
  /** The object's length; undefined as long as its last segment has not been opened. */
  readonly verifiedLength: number | undefined
}

/** The FLOE objects that a client has read parts of, the latest of them. */
export class FloeHeaders {
  readonly #capacity: number
  readonly #known = new Map<string, KnownFloeObject>()

  constructor(capacity = 1000) {
    this.#capacity = capacity
  }

  get(name: string, versionId: string | undefined): KnownFloeObject | undefined {
    return this.#known.get(cacheKey(name, versionId))
  }

  /** Notes what was verified; a length that was verified of the same object before stays. */
  set(name: string, versionId: string | undefined, known: KnownFloeObject): void {
    const before = this.get(name, versionId)
    const verifiedLength = known.verifiedLength ?? (before?.etag === known.etag ? before.verifiedLength : undefined)
    this.delete(name, versionId)
    this.#known.set(cacheKey(name, versionId), { ...known, verifiedLength })
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#capacity && oldest !== undefined) this.#known.delete(oldest)
  }

  delete(name: string, versionId: string | undefined): void {
    this.#known.delete(cacheKey(name, versionId))
  }
}

function cacheKey(name: string, versionId: string | undefined): string {
  return JSON.stringify([name, versionId])
}
