import { onAbort } from '../retry/on-abort.js'
import type { EncryptionMaterials } from './data-key-provider.js'
import { copyMaterials } from './caching-entry.js'

interface Waiter {
  deliver(copy: EncryptionMaterials | null): void
  fail(error: unknown): void
}

/**
 * A call for one data key that several requests wait for. Each gets a copy. One that is aborted leaves the others alone; when all are, so is
 * the call.
 */
export class CachingCall {
  readonly #waiters = new Set<Waiter>()
  readonly #controller = new AbortController()
  readonly #onAbandoned: () => void

  /** @param onAbandoned Called when nobody waits any more, before the call is aborted. */
  constructor(onAbandoned: () => void) {
    this.#onAbandoned = onAbandoned
  }

  /** Aborted when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits for what the call comes to, or for the signal's reason. */
  join(signal: AbortSignal | undefined): Promise<EncryptionMaterials | null> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiters.delete(waiter)
        reject(signal?.reason as Error)
        if (this.#waiters.size > 0) return
        this.#onAbandoned()
        this.#controller.abort(signal?.reason)
      }
      const waiter: Waiter = {
        deliver: (copy) => {
          unlisten()
          resolve(copy)
        },
        fail: (error) => {
          unlisten()
          reject(error)
        },
      }
      this.#waiters.add(waiter)
      const unlisten = onAbort(signal, abort)
      if (signal?.aborted) abort()
    })
  }

  /** Gives every waiter a copy, before it returns: afterwards the materials may be destroyed. */
  deliver(materials: EncryptionMaterials | null): void {
    const answers = [...this.#waiters].map((waiter) => ({ waiter, copy: materials && copyMaterials(materials) }))
    this.#waiters.clear()
    for (const { waiter, copy } of answers) waiter.deliver(copy)
  }

  /** Fails every waiter. */
  fail(error: unknown): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.fail(error)
  }
}
