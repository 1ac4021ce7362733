/** Counts what users ask. Several processes of one backend share one, such as in Redis. */
export interface RateLimiter {
  /** Counts one more question of a user. @returns false when it is one too many. */
  take(user: string): Promise<boolean> | boolean
}

const WINDOW_MS = 60_000

/** Users who are counted at a time; more than these have to wait for the next minute: memory stays bounded. */
const MAX_USERS = 100_000

/** A {@link RateLimiter} in the memory of one process. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #perMinute: number
  readonly #asked = new Map<string, number>()
  #windowEndsMs = 0

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  take(user: string, nowMs = Date.now()): boolean {
    if (nowMs >= this.#windowEndsMs) {
      this.#asked.clear()
      this.#windowEndsMs = nowMs + WINDOW_MS
    }
    const asked = this.#asked.get(user) ?? 0
    if (asked >= this.#perMinute || (asked === 0 && this.#asked.size >= MAX_USERS)) return false
    this.#asked.set(user, asked + 1)
    return true
  }
}
