import { UnrecoverableError, WaitingError, type Job } from 'bullmq'
import { setTimeout as wait } from 'node:timers/promises'
import { operationOf } from '../job.js'
import type { ListedObject } from '../objects/listed-object.js'
import type { MemoryBudget } from '../operations/memory-budget.js'
import type { RunOptions, Workplace } from '../operations/operation.js'
import type { Outcome } from '../operations/outcome.js'
import { runObject } from '../operations/run-object.js'
import { failsForAll } from '../runner/job-ended-error.js'
import type { Limiter } from '../runner/rate-limiter.js'
import { parseBatch, type Batch, type QueuedBatch } from './batch.js'
import { mayPass } from './failures.js'
import type { JobSettings } from './job-record.js'
import type { Outcomes } from './outcomes.js'
import { QueueError } from './queue-error.js'
import type { Slots } from './slots.js'

/** What a worker has for the batches of a job. */
export interface BatchWork {
  readonly settings: JobSettings
  /** Of the job that the worker knows. */
  readonly run: string
  readonly workplace: Workplace
  readonly outcomes: Outcomes
  readonly limiter: Limiter
  /** How many objects the worker works on at a time, of all its jobs. */
  readonly slots: Slots
  /** What they hold together. */
  readonly memory: MemoryBudget
  /** Aborted when no more objects are to be begun. Those that are worked on come to their end. */
  readonly stop: AbortSignal
  /** Told when the worker itself is what fails. */
  unfit(error: QueueError): void
}

/** A worker looks as often at which jobs there are. */
const LOOKS_AFTER_MS = 1000

/** A batch that so many workers ended with is what ends them. */
const MAX_TAKE_OVERS = 20

/**
 * Works on the objects of a batch of which it is not known yet what came of them.
 *
 * @throws what BullMQ takes as: put it back (`WaitingError`), try it again later (Error), it is a dead letter (`UnrecoverableError`).
 */
export async function runBatch(job: Job<QueuedBatch>, token: string, work: BatchWork): Promise<void> {
  const batch = parseBatch(job.data)
  const { run, number, objects } = batch
  if (run !== work.run) {
    // Of a job that was forgotten, and there is another one of its name; or it is the worker that does not know yet.
    if (!(await work.outcomes.isOver())) return
    await wait(LOOKS_AFTER_MS)
    await job.moveToWait(token)
    throw new WaitingError()
  }
  if (await work.outcomes.isFinished(number)) return
  const isLast = job.attemptsMade + 1 >= work.settings.attempts
  const given = job.stalledCounter > MAX_TAKE_OVERS ? await giveUp(batch, work) : await runObjects(batch, isLast, work)
  if (given === 'stopped') {
    await job.moveToWait(token)
    throw new WaitingError()
  }
  if (given === 'over') return
  if (given === 'again') throw new Error('some of the objects failed in ways that may pass')
  const failures = (await work.outcomes.of(number)).filter(({ status }) => status === 'failed').length
  if (failures > 0) throw new UnrecoverableError(`${String(failures)} of ${String(objects.length)} objects failed`)
  await work.outcomes.finish(number, objects.length)
}

/** `over`: the job was forgotten meanwhile. */
type Ended = 'known' | 'again' | 'stopped' | 'over'

async function runObjects({ number, objects }: Batch, isLast: boolean, work: BatchWork): Promise<Ended> {
  const { settings, workplace, outcomes, limiter, slots, memory, stop } = work
  const operation = operationOf(settings.spec.task)
  const run: RunOptions = { dryRun: settings.spec.dryRun ?? false }
  const known = await outcomes.ofUnfinished(number)
  const runOne = async (index: number): Promise<Ended> => {
    if (outcomes.wasOver) return 'over'
    const object = objects[index]
    if (object === undefined || known.has(index)) return 'known'
    const cost = operation.cost(object)
    return memory.run(cost, async () => {
      await limiter.take(cost, stop).catch((error: unknown) => {
        if (!stop.aborted) throw error
      })
      if (outcomes.wasOver) return 'over'
      return stop.aborted ? 'stopped' : finishOne(index, object)
    })
  }
  const finishOne = async (index: number, object: ListedObject): Promise<Ended> => {
    const outcome = await runObject(operation, object, workplace, run)
    const passes = mayPass(outcome)
    if (passes && !isLast) return 'again'
    if (!passes && failsForAll(operation, outcome)) {
      const { code = 'Unexpected', message = 'failed' } = outcome
      work.unfit(new QueueError('WorkerUnfit', `this worker can work on no object: ${message} (${code})`))
      return 'stopped'
    }
    return (await outcomes.record(number, index, outcome)) ? 'known' : 'over'
  }
  // All of them have come to an end before the batch is given to anybody else.
  const settled = await Promise.allSettled(objects.map((_, index) => slots.run(() => runOne(index))))
  const ended = settled.map((each) => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
  return (['over', 'stopped', 'again'] as const).find((each) => ended.includes(each)) ?? 'known'
}

/** Says of what is left of a batch that it ends workers. */
async function giveUp({ number, objects }: Batch, { outcomes }: BatchWork): Promise<Ended> {
  const message = `${String(MAX_TAKE_OVERS)} workers ended while they worked on the batch that it is in`
  for (const [index, { name, length, version }] of objects.entries()) {
    const outcome: Outcome = {
      name,
      length,
      ...(version && { version }),
      status: 'failed',
      code: 'Unexpected',
      message,
    }
    await outcomes.record(number, index, outcome)
  }
  return 'known'
}
