import { setTimeout as wait } from 'node:timers/promises'
import { jobObjects, type JobBuckets } from '../job-objects.js'
import type { ListedObject } from '../objects/listed-object.js'
import { withBatchQueue, queueBatches, type BatchQueue } from './batch-queue.js'
import { batchId, encodeBatch, parseBatch, type Batch, type QueuedBatch } from './batch.js'
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
 * that: each object is in one batch, whenever the lister ends. Where Redis has gone back to what it had kept, it is gone on with from there.
 * Whether the job is listed now: not so when somebody else lists it, it was cancelled, or the lease was lost.
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

/** What became of a page: `lost` when somebody else lists, or nobody is to; `moved` when the place of the listing has to be read anew. */
type Queued = 'queued' | 'lost' | 'moved'

async function listAll(listing: Listing): Promise<boolean> {
  for (;;) {
    const queued = await listOn(listing, await readRecord(listing.queue, listing.id))
    if (queued !== 'moved') return queued === 'queued'
  }
}

async function listOn(listing: Listing, record: JobRecord): Promise<Queued> {
  const { spec, batchLength } = record.settings
  let position = record.listing
  if (position.listed) return 'queued'
  if (!(await mayGoOn(listing, batchLength))) return 'lost'
  const begun = await finishPage(listing, record)
  if (begun !== undefined) return begun === 'queued' ? 'moved' : begun
  for await (const { objects, cursor } of jobObjects(spec, listing, position.cursor)) {
    if (!(await mayGoOn(listing, batchLength))) return 'lost'
    const staged = stage(record.run, objects, { ...position, cursor }, batchLength)
    const queued = await queuePage(listing, record, position, staged)
    if (queued !== 'queued') return queued
    position = staged.position
    listing.progress?.(position)
  }
  return queuePage(listing, record, position, { batches: [], position: { ...position, listed: true } })
}

/** Queues the page that another lister had begun with, if there is one. */
async function finishPage(listing: Listing, record: JobRecord): Promise<Queued | undefined> {
  const { queue, id } = listing
  const text = await queue.client.get(queue.keys.page(id))
  return text === null ? undefined : queuePage(listing, record, record.listing, JSON.parse(text) as StagedPage)
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

async function queuePage(
  { queue: { client, keys }, id, batches: queue, token }: Listing,
  { settings }: JobRecord,
  before: ListingPosition,
  page: StagedPage,
): Promise<Queued> {
  const listing = [keys.lister(id), keys.page(id), keys.job(id)]
  const from = [token, before.cursor ?? '', before.batches]
  const staged = queuedOf(await runScript(client, 'stagePage', listing, [...from, JSON.stringify(page)]))
  if (staged !== 'queued') return staged
  const batches = page.batches.map(parseBatch)
  await queueBatches(queue, batches, settings)
  const { cursor = '', batches: count, objects, bytes, listed } = page.position
  const all = [...listing, keys.results(id), ...batches.map((batch) => keys.batch(id, batchId(batch)))]
  return queuedOf(await runScript(client, 'commitPage', all, [...from, cursor, count, objects, bytes, listed ? 1 : 0]))
}

function queuedOf(answer: number | string): Queued {
  return answer === 1 ? 'queued' : answer === -1 ? 'moved' : 'lost'
}
