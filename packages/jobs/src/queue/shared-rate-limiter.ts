import type { Cost } from '../operations/operation.js'
import { secondsOf, type Limiter, type Rates } from '../runner/rate-limiter.js'
import { waitLong } from '../runner/wait-long.js'
import type { JobQueue } from './redis-connection.js'
import { runScript } from './scripts.js'

/** Lets all workers of a job together begin no faster than its rates allow. */
export class SharedRateLimiter implements Limiter {
  readonly #queue: JobQueue
  readonly #keys: readonly string[]
  readonly #rates: Rates

  constructor(queue: JobQueue, id: string, rates: Rates) {
    this.#queue = queue
    this.#keys = [queue.keys.rate(id), queue.keys.job(id)]
    this.#rates = rates
  }

  async take(cost: Cost, signal?: AbortSignal): Promise<void> {
    const micros = Math.ceil(secondsOf(cost, this.#rates) * 1e6)
    if (micros === 0) return
    const waitMicros = await runScript(this.#queue.client, 'reserve', this.#keys, [micros])
    await waitLong(Number(waitMicros) / 1000, signal)
  }
}
