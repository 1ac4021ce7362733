import { ServiceError } from 'osscrypt'
import { setTimeout as wait } from 'node:timers/promises'
import { auditAfter, newCmksOf, proveBy, type RewrapProof } from '../rewrap-proof.js'
import { forgetJob } from './control-job.js'
import { readRecord } from './job-record.js'
import { readStatus, type JobStatus } from './job-status.js'
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
 * As `proveRewrap`, for a rewrap that was queued: the look is a job of its own that the workers do, an audit under `id`. The same call with that `id` goes on with it.
 *
 * @throws TypeError for a job that is no rewrap; QueueError: `UnknownJob`; `JobEnded` when the look was cancelled. As {@link startJob}. Error with code `EEXIST` for a
 * file that is there.
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
  let versions = true
  const job = await look(true).catch(async (error: unknown) => {
    if (!(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
    // It cannot be listed by anybody with this key.
    if (id !== undefined) await forgetJob(queue, id)
    versions = false
    return look(false)
  })
  for (;;) {
    const status = await readStatus(queue, job)
    watch?.(status)
    if (status.state === 'cancelled') throw new QueueError('JobEnded', `the job ${job} was cancelled`)
    if (status.state === 'finished')
      return { ...(await proveBy(readOutcomes(queue, job), to, path, 'wx')), versions, since: status.createdAt }
    await wait(LOOK_EVERY_MS, undefined, { signal: options.signal })
  }
}
