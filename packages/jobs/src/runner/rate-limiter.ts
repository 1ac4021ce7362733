import type { Cost } from '../operations/operation.js'
import { waitLong } from './wait-long.js'

/** What a job takes of OSS and KMS at most, a second. Requests that are repeated are not counted. Default: no limit. */
export interface Rates {
  readonly ossRequests?: number | undefined
  /** Bytes to and from OSS. */
  readonly bytes?: number | undefined
  readonly kmsCalls?: number | undefined
}

/** Lets work begin when it may. */
export interface Limiter {
  /** Waits until an object of this cost may be begun. */
  take(cost: Cost, signal?: AbortSignal): Promise<void>
}

/** Lets work of this process begin no faster than its rates allow. */
export class RateLimiter implements Limiter {
  readonly #rates: Rates
  /** When what has been let through will be paid for, in ms. */
  #freeAt = 0

  constructor(rates: Rates) {
    assertRates(rates)
    this.#rates = rates
  }

  async take(cost: Cost, signal?: AbortSignal): Promise<void> {
    const now = Date.now()
    const startAt = Math.max(now, this.#freeAt)
    this.#freeAt = startAt + secondsOf(cost, this.#rates) * 1000
    await waitLong(startAt - now, signal)
  }
}

/** @throws RangeError for a rate that nothing would be done at. */
export function assertRates(rates: Rates): void {
  for (const [name, rate] of Object.entries(rates) as [string, number | undefined][])
    if (rate !== undefined && !(rate > 0)) throw new RangeError(`${name}: a rate is more than 0`)
}

/** How long the rates take for so much. */
export function secondsOf({ putRequests, getRequests, bytesDown, bytesUp, kmsCalls }: Cost, rates: Rates): number {
  const { ossRequests = Infinity, bytes = Infinity, kmsCalls: calls = Infinity } = rates
  return Math.max((putRequests + getRequests) / ossRequests, (bytesDown + bytesUp) / bytes, kmsCalls / calls)
}
