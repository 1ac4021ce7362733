import type { UnverifiedEnvelope } from '../format/envelope.js'
import type { ObjectFormat } from '../format/object-format.js'

/** What was verified of an object when a part of it was read, so that another part can be asked for with one request. None of it is secret. */
export interface KnownObject {
  readonly etag: string
  readonly format: ObjectFormat
  readonly envelope: UnverifiedEnvelope
  /** The first bytes of the body. */
  readonly preface: Uint8Array
  /** The object's length; undefined as long as its end has not been verified. */
  readonly verifiedLength: number | undefined
}

/** The objects that a client has read parts of, the latest of them. */
export class KnownObjects {
  readonly #capacity: number
  readonly #known = new Map<string, KnownObject>()

  constructor(capacity = 1000) {
    this.#capacity = capacity
  }

  get(name: string, versionId: string | undefined): KnownObject | undefined {
    return this.#known.get(cacheKey(name, versionId))
  }

  /** Notes what was verified; a length that was verified of the same object before stays. */
  set(name: string, versionId: string | undefined, known: KnownObject): void {
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
