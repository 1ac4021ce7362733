import type { Job } from 'bullmq'
import type { FailureCode, Outcome } from '../operations/outcome.js'
import { withBatchQueue, type BatchQueue } from './batch-queue.js'
import { parseBatch } from './batch.js'
import { readRecord } from './job-record.js'
import { Outcomes } from './outcomes.js'
import { QueueError } from './queue-error.js'
import type { JobQueue } from './redis-connection.js'

/** The objects of a job that failed, after all attempts. */
export async function* listFailed(queue: JobQueue, id: string): AsyncGenerator<Outcome> {
  const outcomes = new Outcomes(queue, await readRecord(queue, id))
  for (const batch of await deadBatches(queue, id)) {
    for (const outcome of await outcomes.of(batch)) if (outcome.status === 'failed') yield outcome
  }
}

/** Which of the objects that failed are worked on again. */
export interface RequeueOptions {
  /** Those that failed with one of these codes. Default: all. */
  readonly codes?: readonly FailureCode[] | undefined
}

/**
 * Has objects that failed worked on again, and takes them off the totals until then.
 *
 * @returns How many there are.
 * @throws QueueError: `UnknownJob`, `JobEnded`.
 */
export async function requeueFailed(queue: JobQueue, id: string, { codes }: RequeueOptions = {}): Promise<number> {
  const record = await readRecord(queue, id)
  if (record.state === 'cancelled') throw new QueueError('JobEnded', `the job ${id} was cancelled`)
  const outcomes = new Outcomes(queue, record)
  const isMeant = ({ status, code }: Outcome) =>
    status === 'failed' && (codes === undefined || (code !== undefined && codes.includes(code)))
  return withBatchQueue(queue, id, async (batches) => {
    let requeued = 0
    for (const name of await deadNames(queue, id)) {
      const job = await batches.getJob(name)
      if (!job) continue
      const { number, objects } = parseBatch(job.data)
      // Objects of which nothing is known are to be done, too: somebody took them back, and ended before the batch was queued.
      let left = objects.length
      for (const [index, outcome] of await outcomes.ofUnfinished(number))
        if (!isMeant(outcome) || !(await outcomes.takeBack(number, index, outcome))) left--
      if (left === 0) continue
      if (await retry(job)) requeued += left
    }
    return requeued
  })
}

/** False when somebody else has done it. */
async function retry(job: Job): Promise<boolean> {
  try {
    await job.retry('failed', { resetAttemptsMade: true })
    return true
  } catch (error) {
    if (await job.isFailed()) throw error
    return false
  }
}

/** The numbers of the batches with objects that failed, in the order of the listing. */
async function deadBatches(queue: JobQueue, id: string): Promise<readonly number[]> {
  return withBatchQueue(queue, id, async (batches) => {
    const numbers: number[] = []
    for (const name of await deadNames(queue, id)) {
      const number = await numberOf(batches, name)
      if (number !== undefined) numbers.push(number)
    }
    return numbers.sort((left, right) => left - right)
  })
}

async function numberOf(batches: BatchQueue, name: string): Promise<number | undefined> {
  const job = await batches.getJob(name)
  return job && parseBatch(job.data).number
}

function deadNames({ client, keys }: JobQueue, id: string): Promise<string[]> {
  return client.zrange(keys.deadLetters(id), '0', '-1')
}
