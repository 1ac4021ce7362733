import { BrokerRefusal } from './broker-refusal.js'

/** Remembers which questions were answered. Several processes of one backend share one, such as in Redis. */
export interface ReplayStore {
  /**
   * Notes a question, in one step.
   *
   * @param untilMs When it may be forgotten: of the same question always the same, and of what is asked later, by the same clock, later.
   * @returns false when the user's question was noted before.
   */
  take(user: string, nonce: string, untilMs: number): Promise<boolean> | boolean
}

/** Memory stays bounded: beyond these, of who has asked much the older ones are forgotten, and refused. */
const MAX_NONCES = 200_000

const SWEEP_EVERY_MS = 60_000

/** Where there are so many users that nothing can be forgotten, it is not tried for each question. */
const SWEEP_AGAIN_MS = 1000

/** What one user has asked. */
interface Asked {
  /** When each nonce may be forgotten; the oldest are first. */
  readonly untilMs: Map<string, number>
  /** What may be forgotten up to here may have been forgotten, and is refused. */
  refusedUntilMs: number
}

/** A {@link ReplayStore} in the memory of one process. Nobody's flood takes the room of others. */
export class MemoryReplayStore implements ReplayStore {
  readonly #users = new Map<string, Asked>()
  #count = 0
  #sweepAtMs = 0
  #isFull = false

  /** @throws BrokerRefusal `busy`. */
  take(user: string, nonce: string, untilMs: number, nowMs = Date.now()): boolean {
    if (nowMs >= this.#sweepAtMs || (this.#count >= MAX_NONCES && !this.#isFull)) this.#sweep(nowMs)
    const asked = this.#users.get(user) ?? { untilMs: new Map<string, number>(), refusedUntilMs: 0 }
    const known = asked.untilMs.get(nonce)
    if (known !== undefined && known > nowMs) return false
    if (untilMs <= asked.refusedUntilMs || this.#count >= MAX_NONCES) throw new BrokerRefusal('busy')
    this.#users.set(user, asked)
    asked.untilMs.set(nonce, untilMs)
    if (known === undefined) this.#count += 1
    return true
  }

  #sweep(nowMs: number): void {
    for (const [user, asked] of this.#users) {
      for (const [nonce, until] of asked.untilMs) if (until <= nowMs) this.#forget(asked, nonce)
      if (asked.untilMs.size === 0 && asked.refusedUntilMs <= nowMs) this.#users.delete(user)
    }
    if (this.#count >= MAX_NONCES) this.#makeRoom()
    this.#isFull = this.#count >= MAX_NONCES
    this.#sweepAtMs = nowMs + (this.#isFull ? SWEEP_AGAIN_MS : SWEEP_EVERY_MS)
  }

  /** Half of it is free afterwards, where there are not too many users: this is not done for each question. */
  #makeRoom(): void {
    const share = Math.max(1, Math.floor(MAX_NONCES / 2 / this.#users.size))
    for (const asked of this.#users.values()) {
      for (const [nonce, until] of asked.untilMs) {
        if (asked.untilMs.size <= share) break
        this.#forget(asked, nonce)
        asked.refusedUntilMs = Math.max(asked.refusedUntilMs, until)
      }
    }
  }

  #forget({ untilMs }: Asked, nonce: string): void {
    untilMs.delete(nonce)
    this.#count -= 1
  }
}
