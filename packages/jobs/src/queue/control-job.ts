import { withBatchQueue } from './batch-queue.js'
import { changeState } from './job-record.js'
import { readStatus } from './job-status.js'
import { QueueError } from './queue-error.js'
import type { JobQueue } from './redis-connection.js'

/**
 * Has no more objects of a job begun, on any machine. Those that are worked on come to their end.
 *
 * @throws QueueError: `UnknownJob`; `JobEnded` when it was cancelled, or is finished.
 */
export async function pauseJob(queue: JobQueue, id: string): Promise<void> {
  await assertUnfinished(queue, id)
  await changeState(queue, id, 'paused')
}

/** Goes on with a job that was paused. @throws as {@link pauseJob}. */
export async function resumeJob(queue: JobQueue, id: string): Promise<void> {
  await assertUnfinished(queue, id)
  await changeState(queue, id, 'running')
}

/** What failed of a finished job can be requeued: it is not to be cancelled by mistake. */
async function assertUnfinished(queue: JobQueue, id: string): Promise<void> {
  if ((await readStatus(queue, id)).state === 'finished') throw new QueueError('JobEnded', `the job ${id} is finished`)
}

/**
 * Ends a job for good: no more objects of it are begun, and what waits is deleted. What came of objects so far can still be read.
 *
 * @throws QueueError: `UnknownJob`; `JobEnded` when it is finished.
 */
export async function cancelJob(queue: JobQueue, id: string): Promise<void> {
  await assertUnfinished(queue, id)
  await changeState(queue, id, 'cancelled')
  await dropBatches(queue, id)
}

/** Deletes what waits of a job. */
export async function dropBatches(queue: JobQueue, id: string): Promise<void> {
  await withBatchQueue(queue, id, (batches) => batches.drain(true))
}

const DELETED_AT_ONCE = 500

/**
 * Deletes all of a job in Redis, what came of its objects, too. What is not finished is cancelled. It need not be a job that this version understands.
 *
 * @throws QueueError `UnknownJob`.
 */
export async function forgetJob(queue: JobQueue, id: string): Promise<void> {
  const { client, keys } = queue
  await changeState(queue, id, 'cancelled')
  const batches = Number(await client.hget(keys.job(id), 'batches'))
  await withBatchQueue(queue, id, (queued) => queued.obliterate({ force: true }))
  // First: a worker that is not through yet writes nothing down of a job that is not there.
  await client.del(keys.job(id))
  for (let from = 1; from <= batches; from += DELETED_AT_ONCE) {
    const numbers = Array.from({ length: DELETED_AT_ONCE }, (_, index) => from + index)
    await client.unlink(...numbers.map((number) => keys.outcomes(id, number)))
  }
  await client.unlink(keys.results(id), keys.totals(id), keys.rate(id), keys.page(id), keys.lister(id))
  await client.zrem(keys.jobs, id)
}
