import { usageError } from '../command-error.js'
import { queueOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { Interruption } from '../interruption.js'
import { describeLocation } from '../location.js'

export const jobsProve: CommandSpec = {
  name: 'jobs prove',
  summary: 'prove that after a queued rewrap no object needs the old CMKs',
  args: '<job>',
  details:
    'Everything below the rewrap’s prefix is looked at once more, whatever was filtered out, with old versions and what jobs have kept: by an audit that is queued for the workers, and waited for. What still needs other CMKs than the new ones is written to the file, and the exit code is 8 then. The same command with the same --job goes on with a look that was ended.',
  cloud: true,
  options: [
    ...queueOptions,
    ['--list <file>', 'a new file for the objects that need other CMKs, a line of JSON each'],
    ['--job <name>', 'what the audit is called (default: audit, day, and chance)'],
  ],
  examples: ['osscrypt jobs prove rewrap-1 --list needs-other-cmks.jsonl'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [rewrap = ''] = args
  const path = flags.text('list')
  if (path === undefined) throw usageError('no file for what needs other CMKs', 'name a new one with --list')
  const { assertNoFile } = await import('../jobs/assert-no-file.js')
  const { describeProof, isProof } = await import('../jobs/describe-proof.js')
  const { describeProgressOf } = await import('../jobs/describe-status.js')
  const { withQueue } = await import('../jobs/queue-address.js')
  const { openSession } = await import('../cloud/session.js')
  const { LiveLine } = await import('../terminal/live-line.js')
  const { listWorkers, proveQueuedRewrap, readStatus } = await import('osscrypt-jobs/queue')
  await assertNoFile(path)
  const session = await openSession(context)
  const asked = new Date()
  return withQueue(context, async (queue) => {
    const { spec } = await readStatus(queue, rewrap)
    if (spec.task.operation !== 'rewrap')
      throw usageError(
        `${rewrap} is no rewrap`,
        `it is ${spec.task.operation}: \`osscrypt jobs status\` lists the jobs`,
      )
    const line = new LiveLine(report)
    const { length: workers } = await listWorkers(queue)
    if (workers === 0) report.note('there is no worker: `osscrypt jobs worker` starts one')
    try {
      const proof = await proveQueuedRewrap(queue, rewrap, {
        bucket: await session.rawStore(spec.bucket),
        id: flags.text('job'),
        path,
        signal,
        started: (job) => {
          report.event({ type: 'started', job }, `looking: ${job}`)
          signal.addEventListener('abort', () => {
            const hint = `the same command with --job ${job} goes on with it`
            if (signal.reason instanceof Interruption) signal.reason.hint = hint
          })
        },
        watch: (status) => line.show({ type: 'status', ...status }, describeProgressOf(status, workers, 0)),
      })
      line.close()
      const below = describeLocation({ kind: 'oss', bucket: spec.bucket, key: spec.prefix ?? '' })
      report.answer({ type: 'proof', to: spec.task.to, ...proof }, describeProof(proof, below, asked))
      return isProof(proof) ? ('ok' as const) : ('partial' as const)
    } finally {
      line.close()
    }
  })
}
