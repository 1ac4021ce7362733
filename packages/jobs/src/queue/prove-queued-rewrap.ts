import { ServiceError } from 'osscrypt'
import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { JobSpec } from '../job.js'
import { auditAfter, newCmksOf, proveBy, type RewrapProof } from '../rewrap-proof.js'
import { forgetJob } from './control-job.js'
import { readRecord } from './job-record.js'
import { listJobs, readStatus, type JobStatus } from './job-status.js'
import { QueueError } from './queue-error.js'
import { readOutcomes } from './read-outcomes.js'
import type { JobQueue } from './redis-connection.js'
import { startJob, type StartJobOptions } from './start-job.js'

/** How it is looked what a queued rewrap has left. */
export interface ProveQueuedOptions extends Omit<StartJobOptions, 'progress'> {
  /** A new file for what needs other CMKs, in JSON lines. */
  readonly path: string
  /** Told now and then how far the look is. */
  readonly watch?: ((status: JobStatus) => void) | undefined
}

const LOOK_EVERY_MS = 1000

/**
 * As `proveRewrap`, for a rewrap that was queued: the look is a job of its own that the workers do, an audit under `id`. The same call with that `id` goes on with it; when
 * it is finished, it is forgotten, and everything is looked at anew.
 *
 * @throws TypeError for a job that is no rewrap; QueueError: `UnknownJob`; `JobEnded` when the look was cancelled, or begun anew by somebody else; `QueueDamaged` when
 * of some of what was looked at nothing is known. As {@link startJob}. Error with code `EEXIST` for a file that is there.
 */
export async function proveQueuedRewrap(
  queue: JobQueue,
  rewrap: string,
  { path, watch, ...options }: ProveQueuedOptions,
): Promise<RewrapProof> {
  const { spec } = (await readRecord(queue, rewrap)).settings
  const to = newCmksOf(spec)
  let id: string | undefined
  const look = (versions: boolean): Promise<string> =>
    startJob(queue, auditAfter(spec, versions), {
      ...options,
      started: (job) => {
        id = job
        options.started?.(job)
      },
    })
  let versions = options.id === undefined || (await takeUpLook(queue, options.id, spec)) !== 'latest'
  const job = await look(versions).catch(async (error: unknown) => {
    if (!versions || !(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
    // It cannot be listed by anybody with this key.
    if (id !== undefined) await forgetJob(queue, id)
    versions = false
    return look(false)
  })
  const { run } = await readRecord(queue, job)
  let status: JobStatus
  while ((status = await readStatus(queue, job)).state !== 'finished') {
    watch?.(status)
    if (status.state === 'cancelled') throw new QueueError('JobEnded', `the job ${job} was cancelled`)
    await wait(LOOK_EVERY_MS, undefined, { signal: options.signal })
  }
  watch?.(status)
  const proof = await proveBy(readOutcomes(queue, job), to, path, 'wx')
  try {
    await assertWhole(queue, job, run, proof.lookedAt.objects)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return { ...proof, versions, since: status.createdAt }
}

/**
 * Looks for what an earlier call has begun: that is gone on with. Has it been finished, it is forgotten: what it says is of then.
 *
 * @returns What it looks at; undefined: there is none, or the name is another job's.
 */
async function takeUpLook(queue: JobQueue, id: string, rewrap: JobSpec): Promise<'versions' | 'latest' | undefined> {
  if (!(await listJobs(queue)).includes(id)) return undefined
  const { spec, state } = await readStatus(queue, id)
  const isLook = (versions: boolean) => JSON.stringify(spec) === JSON.stringify(auditAfter(rewrap, versions))
  const found = isLook(true) ? 'versions' : isLook(false) ? 'latest' : undefined
  if (found === undefined || state !== 'finished') return found
  await forgetJob(queue, id)
  return undefined
}

/** @throws QueueError when what was read is not all of the look that was waited for. */
async function assertWhole(queue: JobQueue, id: string, run: string, lookedAt: number): Promise<void> {
  const record = await readRecord(queue, id)
  if (record.run !== run) throw new QueueError('JobEnded', `the look ${id} was begun anew by somebody else`)
  const unknown = record.listing.objects - lookedAt
  if (unknown !== 0)
    throw new QueueError(
      'QueueDamaged',
      `of ${String(unknown)} objects of the look ${id} it is not known what they are`,
    )
}
