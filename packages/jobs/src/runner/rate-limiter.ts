import { setTimeout as wait } from 'node:timers/promises'
import type { Cost } from '../operations/operation.js'

/** What a job takes of OSS and KMS at most, a second. Requests that are repeated are not counted. Default: no limit. */
export interface Rates {
  readonly ossRequests?: number | undefined
  /** Bytes to and from OSS. */
  readonly bytes?: number | undefined
  readonly kmsCalls?: number | undefined
}

/** Lets work begin no faster than its rates allow. */
export class RateLimiter {
  readonly #rates: Rates
  /** When what has been let through will be paid for, in ms. */
  #freeAt = 0

  constructor(rates: Rates) {
    for (const [name, rate] of Object.entries(rates) as [string, number | undefined][])
      if (rate !== undefined && !(rate > 0)) throw new RangeError(`${name}: a rate is more than 0`)
    this.#rates = rates
  }

  /** Waits until an object of this cost may be begun. */
  async take({ putRequests, getRequests, bytesDown, bytesUp, kmsCalls }: Cost, signal?: AbortSignal): Promise<void> {
    const { ossRequests = Infinity, bytes = Infinity, kmsCalls: calls = Infinity } = this.#rates
    const seconds = Math.max((putRequests + getRequests) / ossRequests, (bytesDown + bytesUp) / bytes, kmsCalls / calls)
    const now = Date.now()
    const startAt = Math.max(now, this.#freeAt)
    this.#freeAt = startAt + seconds * 1000
    if (startAt > now) await wait(startAt - now, undefined, { signal })
  }
}
