import { setTimeout as wait } from 'node:timers/promises'
import type { Cost } from '../operations/operation.js'
import { secondsOf, type Limiter, type Rates } from '../runner/rate-limiter.js'
import type { JobQueue } from './redis-connection.js'
import { runScript } from './scripts.js'

/** Of a longer one, Node makes 1 ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

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
    for (let leftMs = Number(waitMicros) / 1000; leftMs > 0; leftMs -= LONGEST_WAIT_MS)
      await wait(Math.min(leftMs, LONGEST_WAIT_MS), undefined, { signal })
  }
}
