import { copySecret } from '../bytes/secret-bytes.js'
import type { EncryptionMaterials } from './data-key-provider.js'
import type { Budget } from './caching-limits.js'
import type { DataKeyCacheEntry } from './data-key-cache-store.js'

/** Whose an entry is, and for how long. */
export interface CachingEntryOptions {
  readonly id: string
  readonly budget: Budget
  /** By the cache's clock. */
  readonly createdAtMs: number
  readonly maxAgeMs: number
  /** Called after that time, unless the entry has been destroyed by then: it is to be destroyed now, even if nobody asks for it again. */
  readonly onExpired: () => void
  /** Called once, when the entry has been destroyed. */
  readonly onDestroyed: () => void
}

/** A data key in a cache, with what has been used of it. */
export class CachingEntry implements DataKeyCacheEntry {
  readonly id: string
  readonly budget: Budget
  readonly createdAtMs: number
  readonly #onDestroyed: () => void
  readonly #timer: ReturnType<typeof setTimeout>
  #materials: EncryptionMaterials | undefined

  /** @param materials Owned by the entry from now on. */
  constructor(
    materials: EncryptionMaterials,
    { id, budget, createdAtMs, maxAgeMs, onExpired, onDestroyed }: CachingEntryOptions,
  ) {
    this.id = id
    this.budget = budget
    this.createdAtMs = createdAtMs
    this.#materials = materials
    this.#onDestroyed = onDestroyed
    this.#timer = setTimeout(onExpired, maxAgeMs)
    letProcessEnd(this.#timer)
  }

  get destroyed(): boolean {
    return this.#materials === undefined
  }

  /** A copy for one caller; undefined when the key is gone. */
  copy(): EncryptionMaterials | undefined {
    return this.#materials && copyMaterials(this.#materials)
  }

  destroy(): void {
    if (!this.#materials) return
    this.#materials.dataKey.fill(0)
    this.#materials = undefined
    clearTimeout(this.#timer)
    this.#onDestroyed()
  }
}

/** A data key and its wrapped keys in arrays of their own; a provider may give Buffers, whose `slice` does not copy. */
export function copyMaterials({ dataKey, encryptedDataKeys }: EncryptionMaterials): EncryptionMaterials {
  return {
    dataKey: copySecret(dataKey),
    encryptedDataKeys: encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: new Uint8Array(ciphertextBlob),
    })),
  }
}

/** Node's timers are objects that keep the process alive; those of browsers are numbers. */
function letProcessEnd(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
}
