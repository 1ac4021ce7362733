import { BrokerRefusal } from './broker-refusal.js'

/** Remembers which questions were answered. Several processes of one backend share one, such as in Redis. */
export interface ReplayStore {
  /**
   * Notes a question, in one step.
   *
   * @param untilMs When it may be forgotten.
   * @returns false when the user's question was noted before.
   */
  take(user: string, nonce: string, untilMs: number): Promise<boolean> | boolean
}

/** Beyond these, new questions wait for old ones to be forgotten: memory stays bounded. */
const MAX_NONCES = 200_000

/** A {@link ReplayStore} in the memory of one process. */
export class MemoryReplayStore implements ReplayStore {
  /** The oldest are first. */
  readonly #untilMs = new Map<string, number>()

  /** @throws BrokerRefusal `busy`. */
  take(user: string, nonce: string, untilMs: number, nowMs = Date.now()): boolean {
    for (const [known, until] of this.#untilMs) {
      if (until > nowMs) break
      this.#untilMs.delete(known)
    }
    // A nonce has one length, and no blank.
    const key = `${nonce} ${user}`
    if (this.#untilMs.has(key)) return false
    if (this.#untilMs.size >= MAX_NONCES) throw new BrokerRefusal('busy')
    this.#untilMs.set(key, untilMs)
    return true
  }
}
