import { CommandError, usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parsePrefix } from '../location.js'

export const mb: CommandSpec = {
  name: 'mb',
  summary: 'make a bucket',
  args: '<bucket>',
  details: 'In the region that is set, private.',
  cloud: true,
  options: [],
  examples: ['osscrypt mb oss://new-bucket'],
  run: make,
}

export const rb: CommandSpec = {
  name: 'rb',
  summary: 'remove an empty bucket',
  args: '<bucket>',
  details:
    'OSS refuses one in which there is anything; `osscrypt rm -r --force` empties it, with --all-versions of old versions, too.',
  cloud: true,
  options: [],
  examples: ['osscrypt mb oss://old-bucket && osscrypt rb oss://old-bucket'],
  run: remove,
}

async function make(context: CommandContext): Promise<ExitName> {
  const { bucket, ask, store, session } = await open(context)
  const { listBuckets } = await import('../cloud/list-buckets.js')
  if ((await listBuckets(session, context.signal)).some(({ name }) => name === bucket)) {
    throw new CommandError('refused', 'Exists', `${bucket} is there already`)
  }
  await ask(`PutBucket ${bucket}`, () => store.putBucket(bucket))
  context.report.event({ type: 'bucket', bucket, made: true }, `made oss://${bucket}/`)
  return 'ok'
}

async function remove(context: CommandContext): Promise<ExitName> {
  const { bucket, ask, store } = await open(context)
  await ask(`DeleteBucket ${bucket}`, () => store.deleteBucket(bucket))
  context.report.event({ type: 'bucket', bucket, removed: true }, `removed oss://${bucket}/`)
  return 'ok'
}

async function open(context: CommandContext) {
  const location = parsePrefix(context.args[0] ?? '')
  if (location.key !== '') throw usageError(`${describeLocation(location)} is no bucket`, 'give oss://BUCKET')
  const { openSession } = await import('../cloud/session.js')
  const { askOss } = await import('../cloud/ask-oss.js')
  const session = await openSession(context)
  const ask = <Answer>(operation: string, work: () => Promise<Answer>) =>
    askOss(operation, work, { retry: session.retry, signal: context.signal })
  return { bucket: location.bucket, session, ask, store: await session.rawStore() }
}
