import type { JobSpec, Task } from 'osscrypt-jobs'
import { usageError } from '../command-error.js'
import type { CommandContext, OptionSpec } from '../command-spec.js'
import type { Session } from '../cloud/session.js'
import { namedCmks } from './named-cmks.js'

/** What the operations take; each refuses those of others. */
export const taskOptions: readonly OptionSpec[] = [
  ['--to <arn>', 'of rewrap: ARN of the new CMK; again for several', 'repeat'],
  ['--format <format>', 'of encrypt and migrate: gcm or floe (default gcm, and floe of migrate)'],
  ['--context <name=value>', 'of encrypt: an entry of the encryption context: in the clear, authenticated', 'repeat'],
  ['--keep', 'of encrypt and migrate: keep what was there below .osscrypt-jobs/kept/'],
  ['--appendable', 'of encrypt: take objects that are written by appending, too: nobody can append to them afterwards'],
  [
    '--allow-legacy-formats',
    'of migrate: take what the OSS SDKs’ own encryption wrote, of which nobody notices changes',
  ],
  ['--versions', 'of audit: old versions, too'],
]

const operations = {
  audit: ['versions'],
  encrypt: ['format', 'context', 'keep', 'appendable'],
  migrate: ['format', 'keep', 'allow-legacy-formats'],
  rewrap: ['to'],
  verify: [],
} as const satisfies Readonly<Record<Task['operation'], readonly string[]>>

const operationNames = Object.keys(operations) as readonly Task['operation'][]

/** What a job is to do. @throws CommandError for no such operation, and for options of others. */
export async function readQueuedTask({ flags }: Pick<CommandContext, 'flags'>, name: string): Promise<Task> {
  const operation = operationNames.find((each) => each === name)
  if (operation === undefined) throw usageError(`${JSON.stringify(name)} is none of ${operationNames.join(', ')}`)
  const { checkValue, splitList } = await import('../config/profile-entries.js')
  const given = {
    to: flags.list('to').length > 0,
    format: flags.text('format') !== undefined,
    context: flags.list('context').length > 0,
    keep: flags.on('keep'),
    appendable: flags.on('appendable'),
    'allow-legacy-formats': flags.on('allowLegacyFormats'),
    versions: flags.on('versions'),
  }
  const taken: readonly string[] = operations[operation]
  const stray = Object.entries(given).find(([option, isGiven]) => isGiven && !taken.includes(option))
  if (stray) throw usageError(`${operation} takes no --${stray[0]}`)
  const keep = given.keep && { keep: true }
  const format = flags.choice('format', ['gcm', 'floe'])
  const encryptionContext = flags.pairs('context')
  switch (operation) {
    case 'verify':
      return { operation }
    case 'audit':
      return { operation, ...(given.versions && { versions: true }) }
    case 'encrypt':
      return {
        operation,
        format: format ?? 'gcm',
        ...(encryptionContext && { encryptionContext }),
        ...keep,
        ...(given.appendable && { appendable: true }),
      }
    case 'migrate': {
      const allowLegacyFormats = flags.on('allowLegacyFormats')
      return { operation, format: format ?? 'floe', ...keep, ...(allowLegacyFormats && { allowLegacyFormats }) }
    }
    case 'rewrap':
      if (!given.to) throw usageError('no new CMK', 'give its ARN with --to')
      return { operation, to: [...new Set(splitList(checkValue('cmk', flags.list('to').join(','), '--to')))] }
  }
}

/** Why a worker of this configuration does not take a job; undefined: it takes it. What Redis says may choose objects, and no keys. */
export function refusalOf(
  { task, bucket, inventory }: JobSpec,
  buckets: readonly string[],
  { settings }: Pick<Session, 'settings'>,
): string | undefined {
  const { cmks, readCmks, writesUnder } = settings
  const foreign = [bucket, ...(inventory ? [inventory.bucket] : [])].find((each) => !buckets.includes(each))
  if (foreign !== undefined) return `the bucket ${foreign} is none of those that this worker was given`
  if (task.operation === 'rewrap') {
    const unknown = task.to.find((arn) => !cmks.includes(arn) && !readCmks.includes(arn))
    if (unknown !== undefined) return `${unknown} is none of this worker’s CMKs (cmk, read-cmk)`
  }
  if (task.operation === 'encrypt' || task.operation === 'migrate') {
    if (writesUnder === 'cmk' && cmks.length === 0) return 'this worker has no CMK to encrypt under'
    const { cmkArns: own = [] } = namedCmks(settings)
    if (task.cmkArns && JSON.stringify(task.cmkArns) !== JSON.stringify(own))
      return `it is to be encrypted under ${task.cmkArns.join(' ')}, and this worker would under ${own.join(' ') || 'RSA keys'}`
  }
  return undefined
}
