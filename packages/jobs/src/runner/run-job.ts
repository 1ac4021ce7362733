import { operationOf, type JobSpec } from '../job.js'
import { compileFilter } from '../objects/filter.js'
import { listPages } from '../objects/list-objects.js'
import type { ListedObject } from '../objects/listed-object.js'
import type { Operation, RunOptions, Workplace } from '../operations/operation.js'
import type { Outcome } from '../operations/outcome.js'
import { runObject } from '../operations/run-object.js'
import { Journal } from './journal.js'
import { RateLimiter, type Rates } from './rate-limiter.js'
import { ReportFile } from './report-file.js'
import { addOutcome, type Totals } from './totals.js'

/** How a job is run in this process. */
export interface RunJobOptions extends Workplace {
  /** Where journal and report are kept: the job is gone on with in the same folder. */
  readonly folder: string
  /** Objects that are worked on at a time. Default 8. */
  readonly jobs?: number | undefined
  readonly rates?: Rates | undefined
  readonly signal?: AbortSignal | undefined
  /** Told of the totals after each page of the listing. */
  readonly progress?: ((totals: Totals) => void) | undefined
}

/** What came of a job. */
export interface JobResult {
  readonly totals: Totals
  /** The report object by object, in JSON lines. */
  readonly reportPath: string
}

/**
 * Runs a job, or goes on with it where it was ended, by whatever, at whatever moment. Objects are listed a page at a time, in the order of their names; what came of
 * each is written down when it is known, and the next page begins when all of the last is in the report.
 *
 * @throws ServiceError when the bucket cannot be listed, the signal's reason, Error for a folder of another job's. The same call goes on then.
 */
export async function runJob(spec: JobSpec, options: RunJobOptions): Promise<JobResult> {
  const operation = operationOf(spec.task)
  const matches = compileFilter(spec.filter ?? {})
  const { folder, jobs = 8, signal } = options
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new RangeError('jobs is how many objects are worked on at a time')
  const limiter = new RateLimiter(options.rates ?? {})
  const journal = await Journal.open(folder, spec)
  try {
    let { position } = journal
    const report = await ReportFile.open(folder, position.reportLength)
    try {
      const pages = position.finished
        ? []
        : listPages(options.bucket, { prefix: spec.prefix, startAfter: position.startAfter, signal })
      for await (const page of pages) {
        const run = { dryRun: spec.dryRun ?? false, signal }
        const outcomes = await runPage(page.filter(matches), { ...options, operation, journal, limiter, jobs, run })
        const reportLength = await report.append(outcomes)
        const totals = outcomes.reduce(addOutcome, position.totals)
        position = { ...position, startAfter: page.at(-1)?.name ?? position.startAfter, reportLength, totals }
        await journal.advance(position)
        options.progress?.(totals)
      }
      await journal.advance({ ...position, finished: true })
      return { totals: position.totals, reportPath: ReportFile.path(folder) }
    } finally {
      await report.close()
    }
  } finally {
    await journal.close()
  }
}

interface PageWork extends Workplace {
  readonly operation: Operation
  readonly journal: Journal
  readonly limiter: RateLimiter
  readonly jobs: number
  readonly run: RunOptions
}

/** Works on the objects of a page, some at a time; what came of them, in their order. */
async function runPage(page: readonly ListedObject[], work: PageWork): Promise<Outcome[]> {
  const { operation, journal, limiter, run } = work
  const known = journal.outcomes()
  const outcomes: Outcome[] = []
  const waiting = page.entries()
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(run.signal ? [run.signal] : [])])
  const takeTurns = async () => {
    // One iterator for all: each object is taken once.
    for (const [index, object] of waiting) {
      const before = known.get(object.name)
      if (before) {
        outcomes[index] = before
        continue
      }
      await limiter.take(operation.cost(object), signal)
      const outcome = await runObject(operation, object, work, { ...run, signal })
      await journal.record(index, outcome)
      outcomes[index] = outcome
    }
  }
  const workers = Array.from({ length: Math.min(work.jobs, page.length) }, () =>
    takeTurns().catch((error: unknown) => {
      failure.abort(error)
      throw error
    }),
  )
  const settled = await Promise.allSettled(workers)
  const rejected = settled.find((each) => each.status === 'rejected')
  if (rejected) throw rejected.reason
  return outcomes
}
