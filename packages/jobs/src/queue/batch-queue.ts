import { Queue } from 'bullmq'
import { batchId, encodeBatch, type Batch, type QueuedBatch } from './batch.js'
import type { JobSettings } from './job-record.js'
import type { JobQueue } from './redis-connection.js'

/** The queue of BullMQ that a job's batches wait in. */
export type BatchQueue = Queue<QueuedBatch>

/** Events of BullMQ that Redis keeps. Nobody here reads them. */
const KEPT_EVENTS = 100

function openBatchQueue({ client, keys }: JobQueue, id: string): BatchQueue {
  const queue = new Queue<QueuedBatch>(keys.batches(id), {
    connection: client,
    prefix: keys.prefix,
    streams: { events: { maxLen: KEPT_EVENTS } },
  })
  // Whoever waits for an answer is told.
  queue.on('error', () => undefined)
  return queue
}

/** Calls with the queue, and closes it. */
export async function withBatchQueue<Result>(
  connection: JobQueue,
  id: string,
  use: (queue: BatchQueue) => Promise<Result>,
): Promise<Result> {
  const queue = openBatchQueue(connection, id)
  try {
    return await use(queue)
  } finally {
    await queue.close()
  }
}

/** Queues batches, but those that are there. */
export async function queueBatches(
  queue: BatchQueue,
  batches: readonly Batch[],
  { attempts, backoffMs }: JobSettings,
): Promise<void> {
  await queue.addBulk(
    batches.map((batch) => ({
      name: 'batch',
      data: encodeBatch(batch),
      opts: {
        jobId: batchId(batch),
        attempts,
        backoff: { type: 'exponential', delay: backoffMs },
        // What came of it is kept elsewhere.
        removeOnComplete: true,
        // Paths of a worker's machine are nobody's business.
        stackTraceLimit: 0,
      },
    })),
  )
}
