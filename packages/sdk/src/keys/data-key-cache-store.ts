/**
 * A plaintext data key in a cache, which only the {@link CachingDataKeyProvider} that put it there can look into. It cannot be copied or
 * written down: a cache of data keys lives in the memory of one process.
 */
export interface DataKeyCacheEntry {
  /** Whether the key is gone. */
  readonly destroyed: boolean
  /** Overwrites the key with zeros. May be called again. */
  destroy(): void
}

/**
 * Where a {@link CachingDataKeyProvider} keeps data keys. A store may let go of any entry at any time, as long as it destroys it; it never
 * answers with an entry that was put under another id. Ids are long, and compared whole. Everything is synchronous, so that no other
 * request can come between a look and what follows from it. `dataKeyCacheStoreSuite` of `osscrypt/testing` tests implementations.
 */
export interface DataKeyCacheStore {
  /** How many entries there are. */
  readonly size: number
  /** The entry that was last put under `id`, unless the store has let go of it. */
  get(id: string): DataKeyCacheEntry | undefined
  /** Keeps `entry` under `id`. Another entry that was there is destroyed. */
  put(id: string, entry: DataKeyCacheEntry): void
  /** Destroys the entry under `id` and forgets it, if there is one. */
  delete(id: string): void
  /** Destroys and forgets all entries. */
  clear(): void
}

/** Keeps the entries that were used last. */
export class LruDataKeyCacheStore implements DataKeyCacheStore {
  /** In the order of their last use, the least recent first. */
  readonly #entries = new Map<string, DataKeyCacheEntry>()
  readonly #capacity: number

  /**
   * @param capacity How many entries are kept.
   * @throws RangeError when it is not a positive integer.
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError('capacity: not a positive integer')
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get(id: string): DataKeyCacheEntry | undefined {
    const entry = this.#entries.get(id)
    if (!entry) return undefined
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry
  }

  put(id: string, entry: DataKeyCacheEntry): void {
    if (this.#entries.get(id) !== entry) this.delete(id)
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    for (const leastRecent of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) break
      this.delete(leastRecent)
    }
  }

  delete(id: string): void {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    entry?.destroy()
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.delete(id)
  }
}
