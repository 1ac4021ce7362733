/** How far a page's clock may be off, and for how long a question may be on its way. */
const MAX_SKEW_MS = 5 * 60_000
const WINDOW_MS = 60_000

/** Beyond these, new questions wait for old ones to be forgotten: memory stays bounded. */
const MAX_NONCES = 100_000
const MAX_USERS = 10_000

/** Answers each question once, and each user so often a minute. In the memory of one process: each process of a backend has its own. */
export class RequestGuard {
  readonly #nonces = new Map<string, number>()
  readonly #users = new Map<string, number>()
  readonly #requestsPerMinute: number
  #windowEndsMs = 0

  constructor(requestsPerMinute: number) {
    this.#requestsPerMinute = requestsPerMinute
  }

  /** The HTTP status that refuses the question; undefined when it may be answered. */
  refuse(user: string, nonce: string, timeMs: number, nowMs = Date.now()): 403 | 429 | undefined {
    if (nowMs >= this.#windowEndsMs) {
      this.#users.clear()
      this.#windowEndsMs = nowMs + WINDOW_MS
    }
    const asked = this.#users.get(user) ?? 0
    if (asked >= this.#requestsPerMinute || (asked === 0 && this.#users.size >= MAX_USERS)) return 429
    this.#users.set(user, asked + 1)
    if (Math.abs(nowMs - timeMs) > MAX_SKEW_MS) return 403
    // A question is refused for its age before its nonce is forgotten; the oldest are first in the map.
    for (const [known, until] of this.#nonces) {
      if (until > nowMs) break
      this.#nonces.delete(known)
    }
    if (this.#nonces.has(nonce)) return 403
    if (this.#nonces.size >= MAX_NONCES) return 429
    this.#nonces.set(nonce, nowMs + 2 * MAX_SKEW_MS + 1)
    return undefined
  }
}
