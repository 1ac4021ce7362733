import type { ObjectEnvelope, ObjectFormat } from '../format/object-format.js'
import type { ObjectIdentity } from '../transfer/fetch.js'

/** What is kept of an object, so that a part of it can be asked for with one request. All of it was verified when it was put here. */
export interface KnownObject {
  readonly identity: ObjectIdentity
  readonly format: ObjectFormat
  readonly envelope: ObjectEnvelope
  /** The first bytes of the body. */
  readonly preface: Uint8Array
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

  set(name: string, versionId: string | undefined, known: KnownObject): void {
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
