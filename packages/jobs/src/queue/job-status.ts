import type { JobSpec } from '../job.js'
import type { Rates } from '../runner/rate-limiter.js'
import type { Count, Totals } from '../runner/totals.js'
import { withBatchQueue } from './batch-queue.js'
import { totalsOf } from './counters.js'
import { readRecord, type JobRecord } from './job-record.js'
import type { JobQueue } from './redis-connection.js'

/** `listing`: objects are still being found, and worked on meanwhile. `finished`: of all of them it is known what came of them. */
export type JobState = 'listing' | 'running' | 'paused' | 'cancelled' | 'finished'

/** Where a job stands. */
export interface JobStatus {
  readonly id: string
  readonly spec: JobSpec
  readonly rates: Rates
  readonly state: JobState
  readonly createdAt: Date
  /** Of osscrypt-jobs, as it was started with. */
  readonly version: string
  /** What is queued, or was. */
  readonly listed: { readonly objects: number; readonly bytes: number }
  /** What there is in all, where it is known: counted before, or listed. */
  readonly expected: Count | undefined
  readonly batches: {
    readonly listed: number
    readonly waiting: number
    readonly active: number
    /** Those that are tried again after a while. */
    readonly delayed: number
    readonly finished: number
    /** Those with objects that failed. */
    readonly dead: number
  }
  /** What came of objects so far. */
  readonly totals: Totals
}

/** The ids of all jobs, the oldest first. */
export async function listJobs({ client, keys }: JobQueue): Promise<readonly string[]> {
  return client.zrange(keys.jobs, '0', '-1')
}

/** @throws QueueError: `UnknownJob`, `OtherProtocol`, `QueueDamaged`. */
export async function readStatus(queue: JobQueue, id: string): Promise<JobStatus> {
  const { client, keys } = queue
  const record = await readRecord(queue, id)
  const { settings, createdAt, version, listing } = record
  const [counts, finished, counters] = await Promise.all([
    withBatchQueue(queue, id, (batches) => batches.getJobCounts('wait', 'active', 'delayed', 'failed')),
    client.hlen(keys.results(id)),
    client.hgetall(keys.totals(id)),
  ])
  const { wait: waiting = 0, active = 0, delayed = 0, failed: dead = 0 } = counts
  return {
    id,
    spec: settings.spec,
    rates: settings.rates,
    state: stateOf(record, finished + dead),
    createdAt,
    version,
    listed: { objects: listing.objects, bytes: listing.bytes },
    expected: listing.listed ? { objects: listing.objects, bytes: listing.bytes } : record.expected,
    batches: { listed: listing.batches, waiting, active, delayed, finished, dead },
    totals: totalsOf(counters),
  }
}

function stateOf({ state, listing }: JobRecord, throughBatches: number): JobState {
  if (listing.listed && throughBatches >= listing.batches) return 'finished'
  if (state !== 'running') return state
  return listing.listed ? 'running' : 'listing'
}
