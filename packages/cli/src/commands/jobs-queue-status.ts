import type { JobQueue, JobStatus, QueueError } from 'osscrypt-jobs/queue'
import { usageError } from '../command-error.js'
import { queueOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

export const jobsStatus: CommandSpec = {
  name: 'jobs status',
  summary: 'show the jobs of a queue, or how far one of them is',
  args: '[job]',
  details:
    'With --watch, until the job has ended; the exit code says then what came of it, as with jobs that run in this process. With --report, what came of each object, a line of JSON each, is written to a new file, as far as it is known.',
  cloud: false,
  options: [
    ...queueOptions,
    ['--watch', 'go on showing it until the job has ended'],
    ['--report <file>', 'write what came of each object to a new file'],
    ['--csv <file>', 'write the same as CSV'],
    ['--html <file>', 'write the totals as a page, with charts'],
  ],
  examples: ['osscrypt jobs status', 'osscrypt jobs status audit-1 --report audit-1.jsonl'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [id] = args
  const [watching, path] = [flags.on('watch'), flags.text('report')]
  const [csv, html] = [flags.text('csv'), flags.text('html')]
  if (id === undefined && [watching, path, csv, html].some((given) => given !== undefined && given !== false))
    throw usageError('of which job?', 'name it')
  const { withQueue } = await import('../jobs/queue-address.js')
  const { listWorkers, readOutcomes, readStatus, writeJobReport } = await import('osscrypt-jobs/queue')
  const { assertNoFile } = await import('../jobs/assert-no-file.js')
  const { describeStatus } = await import('../jobs/describe-status.js')
  return withQueue(context, async (queue) => {
    if (id === undefined) return showAll(context, queue)
    for (const file of [path, csv, html]) if (file !== undefined) await assertNoFile(file)
    let exit: ExitName = 'ok'
    if (watching) {
      const { watchStatus } = await import('../jobs/watch-status.js')
      exit = await watchStatus(queue, id, { report, signal })
    } else {
      const [status, workers] = await Promise.all([readStatus(queue, id), listWorkers(queue)])
      report.answer({ type: 'status', ...status, workers }, describeStatus(status, workers))
    }
    if (html !== undefined) {
      const { writeHtmlReport } = await import('osscrypt-jobs')
      const { spec, totals } = await readStatus(queue, id)
      await writeHtmlReport(spec, totals, html)
    }
    if (csv !== undefined) {
      const { writeCsvReport } = await import('osscrypt-jobs')
      await writeCsvReport(readOutcomes(queue, id), csv)
    }
    if (path === undefined) return exit
    const { totals, missing } = await writeJobReport(queue, id, path)
    const written = totals.done.objects + totals.skipped.objects + totals.failed.objects
    const rest = missing === 0 ? '' : `; of ${missing} it is not known yet`
    report.event({ type: 'report', path, missing, totals }, `what came of ${written} objects: ${path}${rest}`)
    return exit
  })
}

async function showAll({ report }: CommandContext, queue: JobQueue) {
  const { listJobs } = await import('osscrypt-jobs/queue')
  const { statusRow, unreadableRow } = await import('../jobs/describe-status.js')
  const { formatTable } = await import('../terminal/table.js')
  const all = await Promise.all((await listJobs(queue)).map((id) => readOne(queue, id)))
  const found = all.filter((one) => one !== undefined)
  for (const { error } of found) if (error) report.note(error.message)
  if (report.json)
    for (const { id, status, error } of found)
      report.answer({ type: 'status', ...(status ?? { id, code: error.code, message: error.message }) }, '')
  else {
    const head = ['job', 'state', 'objects of', 'queued', 'through', 'failed']
    const rows = found.map(({ id, status, error }) => (status ? statusRow(status) : unreadableRow(id, error)))
    const lines = rows.length === 0 ? ['no jobs'] : await formatTable([head, ...rows], [3, 4, 5])
    report.answer({ type: 'status' }, lines)
  }
  return 'ok' as const
}

/** Where a job stands, or why that cannot be read. */
type Found =
  | { readonly id: string; readonly status: JobStatus; readonly error?: undefined }
  | { readonly id: string; readonly status?: undefined; readonly error: QueueError }

/** Undefined for a job that was forgotten meanwhile. */
async function readOne(queue: JobQueue, id: string): Promise<Found | undefined> {
  const { QueueError, readStatus } = await import('osscrypt-jobs/queue')
  try {
    return { id, status: await readStatus(queue, id) }
  } catch (error) {
    if (!(error instanceof QueueError)) throw error
    if (error.code === 'UnknownJob') return undefined
    return { id, error }
  }
}
