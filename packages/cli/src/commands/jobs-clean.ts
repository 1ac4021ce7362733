import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parsePrefix } from '../location.js'
import { count, formatBytes } from '../terminal/amounts.js'

export const jobsClean: CommandSpec = {
  name: 'jobs clean',
  summary: 'delete what jobs that were killed have staged',
  args: '<bucket>',
  details:
    'What is staged is never the only copy of anything. No job may be running on the bucket. What --keep has kept stays. Asks first; where nobody can be asked, --yes has to say it.',
  cloud: true,
  options: [
    ['--dry-run', 'say what would be deleted, and delete nothing'],
    ['-y, --yes', 'do not ask'],
  ],
  examples: ['osscrypt jobs clean oss://my-bucket/ --dry-run'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const { bucket, key } = parsePrefix(args[0] ?? '')
  if (key !== '') throw usageError('what jobs have staged is of a whole bucket', `give oss://${bucket}/`)
  const dryRun = flags.on('dryRun')
  const { cleanJobs } = await import('osscrypt-jobs')
  const { openSession } = await import('../cloud/session.js')
  const { confirm } = await import('../terminal/confirm.js')
  const session = await openSession(context)
  if (!dryRun && !flags.on('yes'))
    await confirm(`Delete what jobs have staged in oss://${bucket}/? No job may be running there.`, signal)
  const work = { client: await session.client(bucket), bucket: await session.rawStore(bucket), dryRun, signal }
  let [objects, bytes] = [0, 0]
  for await (const { name, length } of cleanJobs(work)) {
    objects++
    bytes += length
    const object = describeLocation({ kind: 'oss', bucket, key: name })
    report.event({ type: 'deleted', object, dryRun }, `${dryRun ? 'would delete' : 'deleted'} ${object}`)
  }
  const text = `${count(objects, 'object')} ${dryRun ? 'to delete' : 'deleted'}, ${formatBytes(bytes)}`
  report.event({ type: 'summary', done: objects, bytes, dryRun }, text)
  return 'ok'
}
