import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parsePrefix } from '../location.js'
import { count } from '../terminal/amounts.js'

export const uploadsLs: CommandSpec = {
  name: 'uploads ls',
  summary: 'list uploads in parts that were begun and not finished',
  args: '<prefix>',
  details:
    'What a kill or a crash left, what a checkpoint is kept of, and what is being sent at this moment, by whatever program. OSS stores their parts, and bills them, until they are aborted.',
  cloud: true,
  options: [],
  examples: ['osscrypt uploads ls oss://my-bucket/'],
  run: list,
}

export const uploadsAbort: CommandSpec = {
  name: 'uploads abort',
  summary: 'end uploads that were not finished, and free their parts',
  args: '<prefix>',
  details:
    'Whoever is still sending one fails, and a checkpoint of it begins anew: --older-than spares what is young. Objects are not touched. It asks first; where nobody can be asked, --yes has to say it.',
  cloud: true,
  options: [
    ['--older-than <hours>', 'only those that were begun so long ago (default 24; 0 for all)'],
    ['--upload-id <id>', 'only this one'],
    ['-y, --yes', 'do not ask'],
    ['--dry-run', 'say what would be aborted, and do nothing'],
  ],
  examples: ['osscrypt uploads abort --dry-run oss://my-bucket/'],
  run: abort,
}

const HOUR_MS = 3_600_000

async function list(context: CommandContext): Promise<ExitName> {
  const { location, pending } = await find(context)
  const { formatTable } = await import('../terminal/table.js')
  const rows = pending.map(({ name, uploadId, initiated }) => [initiated?.toISOString() ?? '-', uploadId, name])
  if (context.report.json) {
    for (const { name, uploadId, initiated } of pending) {
      context.report.answer({ type: 'upload', bucket: location.bucket, key: name, uploadId, initiated }, '')
    }
  } else if (rows.length > 0) context.report.answer({ type: 'upload' }, await formatTable(rows))
  return 'ok'
}

async function abort(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const { runAll } = await import('../work/run-all.js')
  const { confirm } = await import('../terminal/confirm.js')
  const { session, location, pending } = await find(context)
  const [dryRun, only, hours] = [
    flags.on('dryRun'),
    flags.text('uploadId'),
    flags.number('olderThan', 0, 100_000) ?? 24,
  ]
  const meant = pending.filter(({ uploadId, initiated }) =>
    only === undefined ? isOlder(initiated, hours) : uploadId === only,
  )
  if (only !== undefined && meant.length === 0)
    throw usageError(`there is no upload ${only} of what starts with ${describeLocation(location)}`)
  if (meant.length > 0 && !dryRun && !flags.on('yes')) await confirm(`abort ${count(meant.length, 'upload')}?`, signal)
  const client = await session.client(location.bucket)
  const steps = async function* () {
    for (const { name, uploadId } of meant) {
      const object = describeLocation({ ...location, key: name })
      const run = async (asked: AbortSignal) => {
        if (!dryRun) await client.abortUpload(name, uploadId, { signal: asked })
        const text = `${dryRun ? 'would abort' : 'aborted'} ${uploadId} ${object}`
        return { kind: 'done', event: { type: 'aborted', object, uploadId, dryRun }, text } as const
      }
      yield { object, run }
    }
    await Promise.resolve()
  }
  const tally = await runAll(steps(), { report, signal, jobs: 8, dealing: 'reading' })
  tally.report(report, dryRun ? 'to abort' : 'aborted')
  return tally.exit
}

/** One of which nobody says when it was begun is not aborted unless all are. */
function isOlder(initiated: Date | undefined, hours: number): boolean {
  return hours === 0 || (initiated !== undefined && initiated.getTime() <= Date.now() - hours * HOUR_MS)
}

async function find(context: CommandContext) {
  const location = parsePrefix(context.args[0] ?? '')
  const { openSession } = await import('../cloud/session.js')
  const session = await openSession(context)
  const client = await session.client(location.bucket)
  return { session, location, pending: await client.listUploads(location.key, { signal: context.signal }) }
}
