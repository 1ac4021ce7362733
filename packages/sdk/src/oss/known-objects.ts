/** What is kept of a FLOE object, so that a part of it can be asked for with one request. None of it is secret, or believed unchecked. */
export interface KnownFloeObject {
  readonly etag: string
  /** The first 74 bytes of the body. */
  readonly floeHeader: Uint8Array
  /** The object's length, by what OSS said. */
  readonly totalLength: number
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

  set(name: string, versionId: string | undefined, known: KnownFloeObject): void {
    this.delete(name, versionId)
    this.#known.set(cacheKey(name, versionId), known)
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
