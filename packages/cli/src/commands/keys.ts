import type { KeySpec } from 'osscrypt-local'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { formatFacts } from '../terminal/facts.js'
import { nonEmpty } from '../non-empty.js'

export const keysList: CommandSpec = {
  name: 'keys list',
  summary: 'list the CMKs of a region',
  cloud: true,
  options: [],
  examples: ['osscrypt keys list'],
  run: list,
}

export const keysDescribe: CommandSpec = {
  name: 'keys describe',
  summary: 'show what KMS says of a CMK',
  args: '<key>',
  details: 'The key is named by its ARN, its id or an alias.',
  cloud: true,
  options: [],
  examples: ['osscrypt keys describe alias/osscrypt-local'],
  run: describe,
}

/** What the local KMS makes. */
const specs = [
  'Aliyun_AES_256',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_P256',
  'EC_P256K',
  'EC_SM2',
] as const satisfies readonly KeySpec[]

export const keysCreate: CommandSpec = {
  name: 'keys create',
  summary: 'create a CMK in the local cloud',
  details: 'In the local cloud only: in the real one, keys cost money and have owners. Prints the ARN.',
  cloud: true,
  options: [
    ['--spec <spec>', `${specs.join(', ')} (default: the first)`],
    ['--usage <usage>', 'ENCRYPT/DECRYPT or SIGN/VERIFY'],
    ['--alias <name>', 'a name for it, beginning with alias/'],
    ['--description <text>', 'what it is for'],
  ],
  examples: ['osscrypt keys create', 'osscrypt keys create --spec EC_P256 --usage SIGN/VERIFY'],
  run: create,
}

const MAX_PAGES = 1000

async function list(context: CommandContext): Promise<ExitName> {
  const { session, askKms } = await open(context)
  for (let page = 1; page <= MAX_PAGES; page++) {
    context.signal.throwIfAborted()
    const query = { PageNumber: String(page), PageSize: '100' }
    const answer = (await askKms(session, undefined, 'ListKeys', query, context.signal)) as {
      Keys?: { Key?: readonly { KeyId: string; KeyArn: string }[] }
    }
    const keys = answer.Keys?.Key ?? []
    for (const { KeyArn } of keys) context.report.answer({ type: 'key', arn: KeyArn }, KeyArn)
    if (keys.length < 100) break
  }
  return 'ok'
}

async function describe(context: CommandContext): Promise<ExitName> {
  const [key = ''] = context.args
  const { session, askKms } = await open(context)
  const region = /^acs:kms:([a-z0-9-]{2,32}):/.exec(key)?.[1]
  const { KeyMetadata } = (await askKms(session, region, 'DescribeKey', { KeyId: key }, context.signal)) as {
    KeyMetadata: KeyMetadata
  }
  const facts = {
    arn: KeyMetadata.Arn,
    state: KeyMetadata.KeyState,
    spec: KeyMetadata.KeySpec,
    usage: KeyMetadata.KeyUsage,
    description: nonEmpty(KeyMetadata.Description),
    created: KeyMetadata.CreationDate,
    instance: nonEmpty(KeyMetadata.DKMSInstanceId),
  }
  context.report.answer({ type: 'key', ...facts }, formatFacts(facts))
  return 'ok'
}

interface KeyMetadata {
  readonly Arn: string
  readonly KeyState: string
  readonly KeySpec: string
  readonly KeyUsage: string
  readonly Description?: string
  readonly CreationDate?: string
  readonly DKMSInstanceId?: string
}

async function create(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const { session, askKms } = await open(context)
  if (!session.settings.isLocal) {
    throw new CommandError(
      'refused',
      'LocalOnly',
      'keys are created in the local cloud only',
      'create it in the KMS console; --profile local is the local cloud',
    )
  }
  const alias = flags.text('alias')
  if (alias !== undefined && !/^alias\/[\w/-]{1,249}$/.test(alias)) throw usageError('--alias takes alias/ and a name')
  // First: a key that was made for an alias that it then cannot have would be nobody's.
  if (alias !== undefined && (await isTaken(context, alias))) {
    throw new CommandError(
      'refused',
      'Exists',
      `${alias} is there already`,
      'name another, or use the key that it names',
    )
  }
  const { KeyMetadata } = (await askKms(
    session,
    undefined,
    'CreateKey',
    {
      KeySpec: flags.choice('spec', specs) ?? specs[0],
      ...given('KeyUsage', flags.text('usage')),
      ...given('Description', flags.text('description')),
    },
    signal,
  )) as { KeyMetadata: KeyMetadata & { readonly KeyId: string } }
  if (alias !== undefined) {
    try {
      await askKms(session, undefined, 'CreateAlias', { AliasName: alias, KeyId: KeyMetadata.KeyId }, signal)
    } catch (error) {
      const days = { KeyId: KeyMetadata.KeyId, PendingWindowInDays: '7' }
      await askKms(session, undefined, 'ScheduleKeyDeletion', days, signal).catch(() => undefined)
      throw error
    }
  }
  report.answer(
    { type: 'key', arn: KeyMetadata.Arn, spec: KeyMetadata.KeySpec, usage: KeyMetadata.KeyUsage },
    KeyMetadata.Arn,
  )
  return 'ok'
}

async function isTaken(context: CommandContext, alias: string): Promise<boolean> {
  const { ServiceError } = await import('osscrypt')
  const { session, askKms } = await open(context)
  try {
    await askKms(session, undefined, 'DescribeKey', { KeyId: alias }, context.signal)
    return true
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'KeyNotFound') return false
    throw error
  }
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

async function open(context: CommandContext) {
  const { openSession } = await import('../cloud/session.js')
  const { askKms } = await import('../cloud/ask-kms.js')
  return { session: await openSession(context), askKms }
}
