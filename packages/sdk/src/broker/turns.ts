import { abortable } from '../retry/retry.js'
import { BrokerRefusal } from './broker-refusal.js'

/** Of all turns one user has a part at most, so that who asks much of a slow KMS leaves the others some; of very few turns, two. */
const MOST_OF_A_USER = 1 / 4

/** Limits how much is worked on at a time. */
export class Turns {
  readonly #most: number
  readonly #mostOfUser: number
  readonly #ofUser = new Map<string, number>()
  #underWay = 0

  constructor(most: number) {
    this.#most = most
    this.#mostOfUser = Math.max(2, Math.ceil(most * MOST_OF_A_USER))
  }

  /** @throws BrokerRefusal `busy`; the signal's reason. */
  async take<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay >= this.#most) throw new BrokerRefusal('busy')
    this.#underWay += 1
    try {
      return await abortable(work(), signal)
    } finally {
      this.#underWay -= 1
    }
  }

  /** The part of a turn that is done for a known user. @throws BrokerRefusal `busy`; the signal's reason. */
  async takeFor<Result>(user: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const underWay = this.#ofUser.get(user) ?? 0
    if (underWay >= this.#mostOfUser) throw new BrokerRefusal('busy')
    this.#ofUser.set(user, underWay + 1)
    try {
      return await abortable(work(), signal)
    } finally {
      const left = (this.#ofUser.get(user) ?? 1) - 1
      if (left > 0) this.#ofUser.set(user, left)
      else this.#ofUser.delete(user)
    }
  }
}
