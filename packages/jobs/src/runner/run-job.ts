import { assertSpec, operationOf, type JobSpec } from '../job.js'
import { jobObjects, type JobBuckets } from '../job-objects.js'
import type { ListedObject } from '../objects/listed-object.js'
import { MemoryBudget } from '../operations/memory-budget.js'
import type { SourcePage } from '../objects/source-page.js'
import type { Workplace } from '../operations/operation.js'
import type { Outcome } from '../operations/outcome.js'
import { runObject } from '../operations/run-object.js'
import { assertGoesOn } from './job-ended-error.js'
import { Journal, outcomeId } from './journal.js'
import { RateLimiter, type Rates } from './rate-limiter.js'
import { ReportFile } from './report-file.js'
import { runPages } from './run-pages.js'
import { addOutcome, countAll, type Count, type Totals } from './totals.js'

/** How a job is run in this process. */
export interface RunJobOptions extends Workplace, JobBuckets {
  /** Where journal and report are kept: the job is gone on with in the same folder. */
  readonly folder: string
  /** Objects that are worked on at a time. Default 8. */
  readonly jobs?: number | undefined
  readonly rates?: Rates | undefined
  readonly watcher?: JobWatcher | undefined
  /** Begins a job anew that came to its end in this folder; its report is written anew, too. Default false: that end is told of. */
  readonly again?: boolean | undefined
}

/** Is told of a job while it runs; of what an earlier run has done, only how much that is. */
export interface JobWatcher {
  /** What an earlier run has done of the pages that are not listed again. */
  resumed?(through: Count): void
  /** The objects of a page that the job is about. */
  listed?(objects: readonly ListedObject[]): void
  /** There are no more. */
  allListed?(): void
  /** An object of a page that is listed again, which an earlier run has done. */
  known?(object: ListedObject): void
  begun?(object: ListedObject): void
  ended?(outcome: Outcome): void
}

/** What came of a job. */
export interface JobResult {
  readonly totals: Totals
  /** The report object by object, in JSON lines. */
  readonly reportPath: string
  /** When it was begun: what is told of an object was so at some time since then. */
  readonly begun: Date
  /** Set where the job had come to its end before this call, which has looked at nothing: when that was. */
  readonly endedBefore?: Date | undefined
}

/**
 * Runs a job, or goes on with it where it was ended, by whatever, at whatever moment. Objects are listed a page at a time, in the order of their names; what came of
 * each is written down when it is known, and gets into the report with its page, in that order.
 *
 * @throws ServiceError when the bucket cannot be listed; JobEndedError for what goes wrong with every object; the signal's reason: the same call goes on then. JobFolderError
 * for a folder of another job's, or one that another process works in, or with a report in it of no job.
 */
export async function runJob(spec: JobSpec, options: RunJobOptions): Promise<JobResult> {
  assertSpec(spec)
  const operation = operationOf(spec.task)
  const { folder, jobs = 8, watcher, signal, again = false } = options
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new RangeError('jobs is how many objects are worked on at a time')
  const limiter = new RateLimiter(options.rates ?? {})
  const memory = new MemoryBudget()
  await ReportFile.assertNone(folder)
  const journal = await Journal.open(folder, spec, again)
  try {
    let { position } = journal
    const endedBefore = position.finished === undefined ? undefined : new Date(position.finished)
    const known = journal.outcomes()
    const report = await ReportFile.open(folder, position.reportLength)
    try {
      if (position.pages > 0) watcher?.resumed?.(countAll(position.totals))
      if (endedBefore === undefined) {
        await runPages(tellEnd(jobObjects(spec, options, position.cursor), watcher), {
          firstPage: position.pages,
          jobs,
          signal,
          begin: ({ objects }) => watcher?.listed?.(objects),
          run: async ({ object, page }, either) => {
            const before = known.size > 0 ? known.get(outcomeId(object)) : undefined
            if (before) {
              watcher?.known?.(object)
              return before
            }
            const cost = operation.cost(object)
            return memory.run(cost, async () => {
              await limiter.take(cost, either)
              watcher?.begun?.(object)
              const run = { dryRun: spec.dryRun ?? false, signal: either }
              const outcome = await runObject(operation, object, options, run)
              assertGoesOn(operation, outcome)
              journal.record(page, outcome)
              watcher?.ended?.(outcome)
              return outcome
            })
          },
          finish: async ({ cursor, number, outcomes }) => {
            const reportLength = await report.append(outcomes)
            const totals = outcomes.reduce(addOutcome, position.totals)
            position = { ...position, cursor, reportLength, totals, pages: number + 1 }
            journal.advance(position)
          },
        })
        journal.advance({ ...position, finished: Date.now() })
      }
      const ended = endedBefore && { endedBefore }
      return { totals: position.totals, reportPath: ReportFile.path(folder), begun: new Date(journal.begun), ...ended }
    } finally {
      await report.close()
    }
  } finally {
    await journal.close()
  }
}

async function* tellEnd(pages: AsyncIterable<SourcePage>, watcher: JobWatcher | undefined): AsyncGenerator<SourcePage> {
  yield* pages
  watcher?.allListed?.()
}
