import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { JobSpec } from '../job.js'
import type { Rates } from '../runner/rate-limiter.js'
import type { Count } from '../runner/totals.js'
import { readProgress } from './job-progress.js'
import { createRecord, encodeCount } from './job-record.js'
import { listBatches, type ListBatchesOptions } from './list-batches.js'
import type { JobQueue } from './redis-connection.js'

/** How a job is started. */
export interface StartJobOptions extends ListBatchesOptions {
  /** What the job is called: letters, digits, `.`, `_` and `-`. Default: a name made of the operation, the day and chance. */
  readonly id?: string | undefined
  /** What the job takes of OSS and KMS at most a second, by all workers together. */
  readonly rates?: Rates | undefined
  /** Objects that a worker takes at a time, to 1000. Default 50. */
  readonly batchLength?: number | undefined
  /** How often objects are begun that fail in ways that may pass. Default 5. */
  readonly attempts?: number | undefined
  /** Until the second attempt; twice as long until the third, and so on. Default 2 s. */
  readonly backoffMs?: number | undefined
  /** How much there is, where that was counted before: what is waited for can be told while it is still being listed. */
  readonly expected?: Count | undefined
  /** Told of the job's id as soon as it is there: from then on, workers go on with it by themselves. */
  readonly started?: ((id: string) => void) | undefined
}

const LOOK_AGAIN_AFTER_MS = 500

/**
 * Starts a job: writes it down, lists its objects, and queues them. A job of the same id and specification is gone on with. What lists may end at any moment: workers take
 * that over.
 *
 * @returns The job's id, when all of its objects are queued, or it was cancelled.
 * @throws ServiceError when the bucket cannot be listed; QueueError; TypeError and RangeError for what no job can be; the signal's reason.
 */
export async function startJob(queue: JobQueue, spec: JobSpec, options: StartJobOptions): Promise<string> {
  const { id = nameOf(spec), rates = {}, batchLength = 50, attempts = 5, backoffMs = 2000, signal } = options
  const expected = options.expected && encodeCount(options.expected)
  await createRecord(queue, id, { spec, rates, batchLength, attempts, backoffMs })
  if (expected !== undefined) await queue.client.hset(queue.keys.job(id), 'expected', expected)
  options.started?.(id)
  while (!(await listBatches(queue, id, options))) {
    const { listed, state } = await readProgress(queue, id)
    if (listed || state === undefined || state === 'cancelled') break
    await wait(LOOK_AGAIN_AFTER_MS, undefined, { signal })
  }
  return id
}

function nameOf({ task }: JobSpec): string {
  const day = new Date().toISOString().slice(0, 10)
  return `${task.operation}-${day}-${randomBytes(4).toString('hex')}`
}
