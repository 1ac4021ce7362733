import { setTimeout as wait } from 'node:timers/promises'
import type { JobSpec } from '../job.js'
import type { JobBuckets } from '../job-objects.js'
import { MemoryBudget } from '../operations/memory-budget.js'
import type { Workplace } from '../operations/operation.js'
import { dropBatches } from './control-job.js'
import { readProgress, type JobProgress } from './job-progress.js'
import { readRecord, readState } from './job-record.js'
import { JobWorker } from './job-worker.js'
import { listBatches } from './list-batches.js'
import { PACKAGE_VERSION } from './package-version.js'
import { QueueError } from './queue-error.js'
import { openWorkerQueue, type JobQueue, type QueueAddress } from './redis-connection.js'
import { Slots } from './slots.js'
import { announceWorker, removeWorker } from './workers.js'

/** What a worker tells while it works. */
export type WorkerEvent =
  | { readonly type: 'began' | 'ended' | 'refused'; readonly job: string }
  /** The job was started by another version of this package. */
  | { readonly type: 'otherVersion'; readonly job: string; readonly version: string }
  /** It cannot be worked on, or not be listed, for now. */
  | { readonly type: 'failed'; readonly job: string; readonly error: unknown }

/** What a worker has for a job: to work on its objects, and to list them when nobody else does. */
export interface WorkerPlace extends Workplace, JobBuckets {}

/** How a worker works. */
export interface RunWorkerOptions {
  /**
   * What a job is worked on with; undefined: not here. Specifications come from Redis, and whoever writes there could write one: allow buckets and CMKs (`to` of
   * `rewrap`) that are known to be meant.
   */
  workplaceOf(spec: JobSpec): WorkerPlace | undefined | Promise<WorkerPlace | undefined>
  /** Objects that are worked on at a time, of all jobs together. Default 8. */
  readonly jobs?: number | undefined
  /** Ends when there is a job, or was, and none has anything left to do. Default false. */
  readonly untilDone?: boolean | undefined
  /** How long this worker may be silent until others take its batches. Default 30 s; the same for all workers. */
  readonly takeOverAfterMs?: number | undefined
  /** When it is aborted, no more objects are begun; those that are worked on come to their end. */
  readonly signal?: AbortSignal | undefined
  readonly notify?: ((event: WorkerEvent) => void) | undefined
}

const LOOK_EVERY_MS = 1000

/**
 * Works on the jobs of a queue, on this machine, beside other workers on others, until it is told to end.
 *
 * @throws QueueError: `QueueUnreachable` and the like at the start; `WorkerUnfit` when it could work on no object, as its credentials, its clock or its CMK are wrong: its batches are left to others.
 */
export async function runWorker(address: QueueAddress, options: RunWorkerOptions): Promise<void> {
  const { jobs = 8 } = options
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new RangeError('jobs is how many objects are worked on at a time')
  const queue = await openWorkerQueue(address)
  try {
    await new QueueWorker(queue, { ...options, jobs }).run()
  } finally {
    await queue.close()
  }
}

interface JoinedJob {
  readonly run: string
  readonly worker: JobWorker
  readonly workplace: WorkerPlace
}

class QueueWorker {
  readonly #id = crypto.randomUUID()
  readonly #queue: JobQueue
  readonly #options: RunWorkerOptions & { readonly jobs: number }
  readonly #slots: Slots
  readonly #memory = new MemoryBudget()
  readonly #joined = new Map<string, JoinedJob>()
  /** Jobs that are not for this worker, by their runs. */
  readonly #refused = new Set<string>()
  readonly #listings = new Map<string, Promise<void>>()
  /** What was last told to have failed of a job: it is tried again every second, and told once. */
  readonly #failures = new Map<string, string>()
  /** Jobs whose last objects come to their end. */
  readonly #leaving = new Set<Promise<void>>()
  readonly #end = new AbortController()
  #hasSeenJobs = false
  #failure: QueueError | undefined

  constructor(queue: JobQueue, options: RunWorkerOptions & { readonly jobs: number }) {
    this.#queue = queue
    this.#options = options
    this.#slots = new Slots(options.jobs)
  }

  async run(): Promise<void> {
    const { signal, untilDone = false, jobs } = this.#options
    const stop = AbortSignal.any([this.#end.signal, ...(signal ? [signal] : [])])
    try {
      while (!stop.aborted) {
        await announceWorker(this.#queue, this.#id, jobs)
        const isDone = await this.#lookAtAll(stop)
        if (untilDone && isDone) break
        await wait(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined)
      }
    } finally {
      this.#end.abort()
      for (const id of this.#joined.keys()) this.#leave(id)
      await Promise.all([...this.#leaving, ...this.#listings.values()])
      await removeWorker(this.#queue, this.#id)
    }
    if (this.#failure) throw this.#failure
  }

  /** Whether there are jobs, or were, and nothing is left of them for this worker. */
  async #lookAtAll(stop: AbortSignal): Promise<boolean> {
    const ids = await this.#queue.client.zrange(this.#queue.keys.jobs, '0', '-1')
    // What Redis has lost.
    for (const id of this.#joined.keys()) if (!ids.includes(id)) this.#leave(id)
    const left = await Promise.all(ids.map((id) => this.#lookAt(id, stop)))
    this.#hasSeenJobs ||= ids.length > 0
    return this.#hasSeenJobs && left.every((each) => !each)
  }

  /** Whether something of a job is left for this worker. */
  async #lookAt(id: string, stop: AbortSignal): Promise<boolean> {
    const progress = await readProgress(this.#queue, id)
    if (progress.ended || progress.state === undefined) {
      this.#leave(id, progress.state === 'cancelled')
      return false
    }
    try {
      const known = this.#joined.get(id)
      if (known && known.run !== progress.run) this.#leave(id)
      const job = known && known.run === progress.run ? known : await this.#join(id)
      if (!job) return false
      await job.worker.follow(progress.state)
      this.#list(id, job.workplace, progress, stop)
    } catch (error) {
      this.#tellFailure(id, error)
      return !isUnreadable(error)
    }
    return true
  }

  /**
   * Begins with no more objects of a job.
   *
   * @param isCancelled What is put back then is for nobody.
   */
  #leave(id: string, isCancelled = false): void {
    const job = this.#joined.get(id)
    if (!job) return
    this.#joined.delete(id)
    const leaving = job.worker.close().then(async () => {
      if (isCancelled) await this.#dropCancelled(id).catch((error: unknown) => this.#tellFailure(id, error))
      this.#leaving.delete(leaving)
      this.#tell({ type: 'ended', job: id })
    })
    this.#leaving.add(leaving)
  }

  /** Deletes what waits of a job that is still cancelled: meanwhile there may be another one of its name, whose batches are to be worked on. */
  async #dropCancelled(id: string): Promise<void> {
    if ((await readState(this.#queue, id)) === 'cancelled') await dropBatches(this.#queue, id)
  }

  /** Begins to work on a job, unless it is not this worker's. */
  async #join(id: string): Promise<JoinedJob | undefined> {
    const record = await readRecord(this.#queue, id)
    if (this.#refused.has(record.run)) return undefined
    const workplace = await this.#options.workplaceOf(record.settings.spec)
    if (!workplace) {
      this.#refused.add(record.run)
      this.#tell({ type: 'refused', job: id })
      return undefined
    }
    if (record.version !== PACKAGE_VERSION) this.#tell({ type: 'otherVersion', job: id, version: record.version })
    const worker = new JobWorker(this.#queue, record, {
      workplace,
      slots: this.#slots,
      memory: this.#memory,
      jobs: this.#options.jobs,
      takeOverAfterMs: this.#options.takeOverAfterMs ?? 30_000,
      unfit: (error) => {
        this.#failure ??= error
        this.#end.abort()
      },
    })
    const job = { run: record.run, worker, workplace }
    this.#joined.set(id, job)
    this.#tell({ type: 'began', job: id })
    return job
  }

  /** Goes on with a listing that nobody works on. */
  #list(id: string, place: WorkerPlace, { state, listed }: JobProgress, signal: AbortSignal): void {
    if (listed || state !== 'running' || this.#listings.has(id)) return
    const { takeOverAfterMs } = this.#options
    const listing = listBatches(this.#queue, id, { ...place, signal, takeOverAfterMs })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#tellFailure(id, error)
      })
      .then(() => void this.#listings.delete(id))
    this.#listings.set(id, listing)
  }

  #tellFailure(job: string, error: unknown): void {
    const text = String(error)
    if (this.#failures.get(job) === text) return
    this.#failures.set(job, text)
    this.#tell({ type: 'failed', job, error })
  }

  #tell(event: WorkerEvent): void {
    this.#options.notify?.(event)
  }
}

/** Whether a job is written down otherwise than this version does: there is nothing that this worker could do for it. */
function isUnreadable(error: unknown): boolean {
  return error instanceof QueueError && (error.code === 'OtherProtocol' || error.code === 'QueueDamaged')
}
