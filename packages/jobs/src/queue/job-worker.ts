import { Worker } from 'bullmq'
import { setMaxListeners } from 'node:events'
import type { MemoryBudget } from '../operations/memory-budget.js'
import type { Workplace } from '../operations/operation.js'
import type { QueuedBatch } from './batch.js'
import type { JobRecord, WantedState } from './job-record.js'
import { Outcomes } from './outcomes.js'
import type { QueueError } from './queue-error.js'
import type { JobQueue } from './redis-connection.js'
import { runBatch } from './run-batch.js'
import { SharedRateLimiter } from './shared-rate-limiter.js'
import type { Slots } from './slots.js'

/** What all jobs of a worker have in common. */
export interface JobWorkerOptions {
  readonly workplace: Workplace
  readonly slots: Slots
  readonly memory: MemoryBudget
  readonly jobs: number
  /** How long a worker may be silent until others take its batches. */
  readonly takeOverAfterMs: number
  unfit(error: QueueError): void
}

/** Takes batches of one job, as long as that is wanted. */
export class JobWorker {
  readonly #worker: Worker<QueuedBatch>
  #stop = createStop()
  #state: WantedState = 'running'

  constructor(queue: JobQueue, record: JobRecord, options: JobWorkerOptions) {
    const { client, keys } = queue
    const { id, run, settings } = record
    const { takeOverAfterMs, jobs } = options
    const outcomes = new Outcomes(queue, record)
    const limiter = new SharedRateLimiter(queue, id, settings.rates)
    this.#worker = new Worker<QueuedBatch>(
      keys.batches(id),
      (job, token = '') =>
        runBatch(job, token, { ...options, run, settings, outcomes, limiter, stop: this.#stop.signal }),
      {
        connection: client,
        prefix: keys.prefix,
        // The next batch is there before the last one is through.
        concurrency: Math.ceil(jobs / settings.batchLength) + 1,
        lockDuration: takeOverAfterMs,
        stalledInterval: takeOverAfterMs,
        // Machines come and go; when it is too often is for `runBatch` to say.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
      },
    )
    // Of what is lost, the lock is, too: it is done again.
    this.#worker.on('error', () => undefined)
  }

  /** Stops and goes on as it is wanted. */
  async follow(state: WantedState): Promise<void> {
    if (state === this.#state) return
    this.#state = state
    if (state === 'running') {
      this.#stop = createStop()
      await this.#worker.resume()
    } else {
      // First: what is put back is not to be taken again.
      await this.#worker.pause(true)
      this.#stop.abort()
    }
  }

  /** Begins no more objects, puts the batches back that are not through, and resolves when that is done. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#worker.close()
  }
}

function createStop(): AbortController {
  const controller = new AbortController()
  // Every object that waits for its turn listens.
  setMaxListeners(0, controller.signal)
  return controller
}
