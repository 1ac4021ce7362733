import { setTimeout as wait } from 'node:timers/promises'
import { jobObjects, type JobBuckets } from '../job-objects.js'
import type { ListedObject } from '../objects/listed-object.js'
import { withBatchQueue, queueBatches, type BatchQueue } from './batch-queue.js'
import { encodeBatch, parseBatch, type Batch, type QueuedBatch } from './batch.js'
import { readRecord, readState, type JobRecord, type ListingPosition } from './job-record.js'
import { takeLease } from './lease.js'
import type { JobQueue } from './redis-connection.js'
import { runScript } from './scripts.js'

/** How a job's objects are listed. */
export interface ListBatchesOptions extends JobBuckets {
  /** Told of how far it is after each page. */
  readonly progress?: ((position: ListingPosition) => void) | undefined
  /** How long a lister may be silent until another one goes on. Default 15 s. */
  readonly takeOverAfterMs?: number | undefined
}

/** Objects that may wait at a time: what is listed beyond would only fill the memory of Redis. */
const MAX_WAITING_OBJECTS = 100_000
const LOOK_AGAIN_AFTER_MS = 500

/**
 * Lists a job's objects, or goes on where another lister ended, and queues them in batches. Each page is written down before it is queued, and done with in one step after
 * that: each object is in one batch, whenever the lister ends. Whether the job is listed now: not so when somebody else lists it, it was cancelled, or the lease was lost.
 *
 * @throws ServiceError when the bucket cannot be listed; QueueError; the signal's reason.
 */
export async function listBatches(queue: JobQueue, id: string, options: ListBatchesOptions): Promise<boolean> {
  const lease = await takeLease(queue, queue.keys.lister(id), options.takeOverAfterMs ?? 15_000)
  if (!lease) return false
  try {
    return await withBatchQueue(queue, id, (batches) => listAll({ ...options, queue, id, batches, token: lease.token }))
  } finally {
    await lease.end()
  }
}

interface Listing extends ListBatchesOptions {
  readonly queue: JobQueue
  readonly id: string
  readonly batches: BatchQueue
  readonly token: string
}

/** A page, and where the listing is when it is queued. */
interface StagedPage {
  readonly batches: readonly QueuedBatch[]
  readonly position: ListingPosition
}

async function listAll(listing: Listing): Promise<boolean> {
  const { queue, id } = listing
  const record = await finishPage(listing, await readRecord(queue, id))
  const { spec, batchLength } = record.settings
  let position = record.listing
  if (position.listed) return true
  for await (const { objects, cursor } of jobObjects(spec, listing, position.cursor)) {
    if (!(await mayGoOn(listing, batchLength))) return false
    const staged = stage(record.run, objects, { ...position, cursor }, batchLength)
    if (!(await queuePage(listing, record, staged))) return false
    position = staged.position
    listing.progress?.(position)
  }
  return queuePage(listing, record, { batches: [], position: { ...position, listed: true } })
}

/** Queues the page that another lister had begun with. */
async function finishPage(listing: Listing, record: JobRecord): Promise<JobRecord> {
  const { queue, id } = listing
  const text = await queue.client.get(queue.keys.page(id))
  if (text === null) return record
  await queuePage(listing, record, JSON.parse(text) as StagedPage)
  return readRecord(queue, id)
}

/** Waits until workers have done some of what is queued; whether there is anything to go on with. */
async function mayGoOn({ queue, id, batches, signal }: Listing, batchLength: number): Promise<boolean> {
  for (;;) {
    const state = await readState(queue, id)
    if (state === undefined || state === 'cancelled') return false
    if ((await batches.getWaitingCount()) * batchLength < MAX_WAITING_OBJECTS) return true
    await wait(LOOK_AGAIN_AFTER_MS, undefined, { signal })
  }
}

function stage(
  run: string,
  objects: readonly ListedObject[],
  before: ListingPosition,
  batchLength: number,
): StagedPage {
  const batches: Batch[] = []
  for (let at = 0; at < objects.length; at += batchLength)
    batches.push({ run, number: before.batches + batches.length + 1, objects: objects.slice(at, at + batchLength) })
  return {
    batches: batches.map(encodeBatch),
    position: {
      ...before,
      batches: before.batches + batches.length,
      objects: before.objects + objects.length,
      bytes: objects.reduce((sum, { length }) => sum + length, before.bytes),
    },
  }
}

/** False when somebody else lists now. */
async function queuePage(listing: Listing, { settings }: JobRecord, page: StagedPage): Promise<boolean> {
  const { queue, id, batches, token } = listing
  const { client, keys } = queue
  const isStaged = await runScript(client, 'stagePage', [keys.lister(id), keys.page(id)], [token, JSON.stringify(page)])
  if (isStaged === 0) return false
  await queueBatches(batches, page.batches.map(parseBatch), settings)
  const { cursor = '', batches: count, objects, bytes, listed } = page.position
  const position = [cursor, count, objects, bytes, listed ? 1 : 0]
  const all = [keys.lister(id), keys.page(id), keys.job(id)]
  return (await runScript(client, 'commitPage', all, [token, ...position])) === 1
}
