import { CommandError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import { explainError } from '../explain-error.js'
import { exitCode, type ExitName } from '../exit-codes.js'
import { parsePrefix } from '../location.js'

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'show which credentials, region, endpoints and CMKs are used, and whether each works',
  args: '[bucket]',
  details: 'Asks for a list of one object of the bucket, or of the buckets, and about each CMK. Nothing is changed.',
  cloud: true,
  options: [],
  examples: ['osscrypt doctor oss://my-bucket/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, report, signal, env } = context
  const bucket = args[0] === undefined ? undefined : parsePrefix(args[0]).bucket
  const { openSession } = await import('../cloud/session.js')
  const { askOss } = await import('../cloud/ask-oss.js')
  const { askKms } = await import('../cloud/ask-kms.js')
  const { credentialsOf } = await import('../cloud/credentials.js')
  const session = await openSession(context)
  const { settings, retry } = session
  const { file, profile, region = 'none', endpoint, kmsEndpoint, cmks, readCmks, discover } = settings
  let worst: ExitName = 'ok'
  const say = async (name: string, look: () => Promise<string>) => {
    try {
      const says = await look()
      report.answer({ type: 'check', name, ok: true, says }, `ok      ${name}: ${says}`)
    } catch (error) {
      signal.throwIfAborted()
      const { exit, code, message, hint } = explainError(error)
      if (worst === 'ok' || exitCode(exit) < exitCode(worst)) worst = exit
      const lines = [`FAILED  ${name}: ${message} (${code})`, ...(hint === undefined ? [] : [`        ${hint}`])]
      report.answer({ type: 'check', name, ok: false, code, message, hint }, lines)
    }
  }
  await say('configuration', () => Promise.resolve(`profile ${profile} of ${file}`))
  await say('credentials', async () => {
    const { accessKeyId, securityToken } = await credentialsOf(settings)()
    return `access key ${accessKeyId}${securityToken === undefined ? '' : ', temporary'}, ${originOf(settings.isLocal, env)}`
  })
  const where = `${endpoint ?? 'its public address'}, region ${region}`
  await say(`OSS at ${where}`, async () => {
    const store = await session.rawStore(bucket)
    const how = { retry, signal }
    if (bucket === undefined) {
      await askOss('ListBuckets', () => store.listBuckets({ 'max-keys': 1 }, {}), how)
      return 'answers'
    }
    await askOss(`ListObjects of ${bucket}`, () => store.listV2({ 'max-keys': '1' }, {}), how)
    return `answers; bucket ${bucket} can be listed`
  })
  if (cmks.length === 0) {
    const noCmk = async () => Promise.resolve(session.dataKeys.requireKey()).then(() => '')
    await say('CMK', noCmk)
  }
  for (const arn of new Set([...cmks, ...readCmks])) {
    await say(`CMK ${arn} at ${kmsEndpoint ?? 'its public address'}`, async () => {
      const answer = await askKms(session, arn.split(':')[2], 'DescribeKey', { KeyId: arn }, signal)
      const { KeyState: state } = answer['KeyMetadata'] as { readonly KeyState?: unknown }
      if (state !== 'Enabled') throw new CommandError('denied', 'KeyDisabled', `it is ${String(state)}`)
      return cmks.includes(arn) ? 'enabled; written under, and read with' : 'enabled; read with'
    })
  }
  for (const place of discover) await say(`CMKs of ${place}`, () => Promise.resolve('any is read with'))
  return worst
}

function originOf(isLocal: boolean, env: CommandContext['env']): string {
  if (isLocal) return 'of the local cloud'
  if (env['ALIBABA_CLOUD_ACCESS_KEY_ID']) return 'from ALIBABA_CLOUD_ACCESS_KEY_ID'
  if (env['OSS_ACCESS_KEY_ID'] && env['OSS_ACCESS_KEY_SECRET']) return 'from OSS_ACCESS_KEY_ID'
  return 'from the default chain (OIDC, aliyun CLI, ~/.alibabacloud/credentials, RAM role)'
}
