import { jobFilterOptions, jobRateOptions, queueOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { taskOptions } from '../jobs/read-queued-task.js'
import { Interruption } from '../interruption.js'
import { parsePrefix } from '../location.js'
import { count } from '../terminal/amounts.js'

export const jobsStart: CommandSpec = {
  name: 'jobs start',
  summary: 'queue a job over a whole bucket for workers on any number of machines',
  args: '<operation> <prefix>',
  details:
    'The operation is audit, encrypt, migrate, rewrap or verify. The objects are listed and queued; it ends when all of them are, or, with --watch, when the workers are through with them. When it is ended before, a worker goes on with the listing. The same command with the same --job goes on, too. Rates are those of all workers together.',
  cloud: true,
  options: [
    ...queueOptions,
    ['--job <name>', 'what the job is called (default: operation, day, and chance)'],
    ...taskOptions,
    ['--dry-run', 'say what would be done, and write nothing'],
    ...jobFilterOptions,
    ...jobRateOptions,
    ['--batch <number>', 'objects that a worker takes at a time (default 50)'],
    ['--attempts <number>', 'how often objects are begun that fail in ways that may pass (default 5)'],
    ['--count', 'count the objects first, by a listing of its own: there are a percentage and the time left then'],
    ['--watch', 'show how far it is, until it is finished'],
  ],
  examples: ['osscrypt jobs start audit oss://my-bucket/ --job audit-1'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [operation = '', prefix = ''] = args
  const location = parsePrefix(prefix)
  const { readQueuedTask } = await import('../jobs/read-queued-task.js')
  const { readJobSpec, readRates } = await import('../jobs/read-job.js')
  const task = await readQueuedTask(context, operation)
  const { withQueue } = await import('../jobs/queue-address.js')
  const { openSession } = await import('../cloud/session.js')
  const { startJob } = await import('osscrypt-jobs/queue')
  const { countObjects } = await import('../jobs/count-objects.js')
  const { namedCmks } = await import('../jobs/named-cmks.js')
  const session = await openSession(context)
  const writes = task.operation === 'encrypt' || task.operation === 'migrate'
  const spec = readJobSpec(context, location, writes ? { ...task, ...namedCmks(session.settings) } : task)
  const bucket = await session.rawStore(location.bucket)
  const inventoryBucket = spec.inventory && (await session.rawStore(spec.inventory.bucket))
  const expected = flags.on('count') ? await countObjects(spec, { bucket, inventoryBucket, signal }) : undefined
  return withQueue(context, async (queue) => {
    const id = await startJob(queue, spec, {
      bucket,
      inventoryBucket,
      id: flags.text('job'),
      expected,
      rates: readRates(context),
      batchLength: flags.number('batch', 1, 1000),
      attempts: flags.number('attempts', 1, 100),
      signal,
      started: (job) => {
        report.answer({ type: 'started', job }, job)
        if (signal.reason instanceof Interruption) return
        signal.addEventListener('abort', () => {
          const hint = `workers go on with the job ${job}; \`osscrypt jobs cancel ${job}\` ends it`
          if (signal.reason instanceof Interruption) signal.reason.hint = hint
        })
      },
    })
    const { readStatus } = await import('osscrypt-jobs/queue')
    const { listed, state } = await readStatus(queue, id)
    report.event({ type: 'queued', job: id, state, ...listed }, `${count(listed.objects, 'object')} queued`)
    if (!flags.on('watch')) return 'ok'
    const { watchStatus } = await import('../jobs/watch-status.js')
    return watchStatus(queue, id, { report, signal })
  })
}
