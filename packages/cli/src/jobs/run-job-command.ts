import type { JobResult, JobSpec, RunJobOptions, Task } from 'osscrypt-jobs'
import type { Session } from '../cloud/session.js'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { Interruption } from '../interruption.js'
import { parsePrefix } from '../location.js'
import type { Tally } from '../work/tally.js'

/** A job that came to its end. */
export interface FinishedJob extends JobResult {
  readonly session: Session
  readonly spec: JobSpec
  readonly options: RunJobOptions
  readonly tally: Tally
}

/** What a job does with an object, and would do. */
const verbs: Readonly<Record<Task['operation'], readonly [done: string, toDo: string]>> = {
  audit: ['audited', 'to audit'],
  encrypt: ['encrypted', 'to encrypt'],
  migrate: ['migrated', 'to migrate'],
  rewrap: ['rewrapped', 'to rewrap'],
  verify: ['verified', 'to verify'],
}

/**
 * Runs a job of this command line in this process, or goes on with it, and says what came of it.
 *
 * @param readTask What is to be done, when the session is open; it refuses what would go wrong with every object.
 */
export async function runJobCommand(
  context: CommandContext,
  readTask: (session: Session) => Task | Promise<Task>,
): Promise<FinishedJob> {
  const { args, flags, report, signal } = context
  const location = parsePrefix(args[0] ?? '')
  const folder = flags.text('folder')
  if (folder === undefined)
    throw usageError('no folder for the job', 'name one of its own with --folder: the same command goes on with it')
  const [csv, html] = [flags.text('csv'), flags.text('html')]
  const { runJob, writeCsvReport, writeHtmlReport } = await import('osscrypt-jobs')
  const { openSession } = await import('../cloud/session.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const { readJobSpec, readRates } = await import('./read-job.js')
  const { assertNoFile } = await import('./assert-no-file.js')
  const { countObjects } = await import('./count-objects.js')
  const { tallyReport } = await import('./tally-report.js')
  const { watchJob } = await import('./watch-job.js')
  const session = await openSession(context)
  const spec = readJobSpec(context, location, await readTask(session))
  for (const path of [csv, html]) if (path !== undefined) await assertNoFile(path)
  const bucket = await session.rawStore(location.bucket)
  const inventoryBucket = spec.inventory && (await session.rawStore(spec.inventory.bucket))
  const counted = flags.on('count') ? await countObjects(spec, { bucket, inventoryBucket, signal }) : undefined
  const options: RunJobOptions = {
    client: await session.client(location.bucket),
    bucket,
    inventoryBucket,
    folder,
    jobs: readJobs(context, session.settings),
    rates: readRates(context),
    watcher: watchJob(report, spec.task.operation, location.bucket, counted),
    signal,
  }
  const result = await goOnLater(context, folder, () => runJob(spec, options))
  const tally = await tallyReport(result.reportPath, spec.task, location.bucket)
  if (csv !== undefined) await writeCsvReport(result.reportPath, csv)
  if (html !== undefined) await writeHtmlReport(spec, result.totals, html)
  const { prefix = '' } = spec
  const facts = { operation: spec.task.operation, bucket: spec.bucket, prefix, dryRun: spec.dryRun === true }
  const [done, toDo] = verbs[spec.task.operation]
  tally.report(report, spec.dryRun === true ? toDo : done, facts)
  report.event({ type: 'report', path: result.reportPath }, `what came of each object: ${result.reportPath}`)
  if (tally.total === 0 && spec.filter !== undefined)
    report.note('the filter chose nothing of what is there; patterns are of whole keys: **.csv is a file in any folder')
  if (result.endedBefore !== undefined) tellEnded(report, spec, folder, result.endedBefore)
  return { ...result, session, spec, options, tally }
}

/** What was found out then may be otherwise now: nobody is to take it for a look. After a rewrap it is looked at everything once more. */
function tellEnded(report: CommandContext['report'], { task }: JobSpec, folder: string, at: Date): void {
  const says = `the job in ${folder} came to its end at ${at.toISOString()}; no object was looked at now`
  if (task.operation === 'rewrap') report.note(says)
  else throw new CommandError('refused', 'JobEnded', says, 'name another folder, and it is done again')
}

/** Says, when a job ends before its end, how it is gone on with. */
export async function goOnLater<Result>(
  { report, signal }: Pick<CommandContext, 'report' | 'signal'>,
  folder: string,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    const hint = `the same command goes on with it; the state is in ${folder}`
    if (signal.aborted) {
      if (signal.reason instanceof Interruption) signal.reason.hint = hint
    } else if (!['JobMismatch', 'JobInUse', 'JobDamaged'].includes((error as { code?: string }).code ?? ''))
      report.note(hint)
    throw error
  }
}
