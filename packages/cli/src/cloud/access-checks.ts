import { CommandError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { explainError } from '../explain-error.js'
import type { ExitName } from '../exit-codes.js'
import type { Report } from '../terminal/report.js'
import { askKms } from './ask-kms.js'
import { askOss } from './ask-oss.js'
import { credentialsOf } from './credentials.js'
import type { Session } from './session.js'

/** Something that has to work before a command can, and how it is found out. Nothing is changed by it. */
export interface AccessCheck {
  readonly name: string
  /** Says what works; throws what does not. */
  readonly look: () => Promise<string>
}

/** Which access key is used. */
export function credentialsCheck({ settings }: Session, env: CommandContext['env']): AccessCheck {
  const look = async () => {
    const { accessKeyId, securityToken } = await credentialsOf(settings)()
    return `access key ${accessKeyId}${securityToken === undefined ? '' : ', temporary'}, ${originOf(settings.isLocal, env)}`
  }
  return { name: 'credentials', look }
}

/** Whether OSS answers, and the bucket can be listed. */
export function ossCheck(session: Session, bucket: string | undefined, signal: AbortSignal): AccessCheck {
  const { endpoint, region = 'not set' } = session.settings
  const look = async () => {
    const store = await session.rawStore(bucket)
    const how = { retry: session.retry, signal }
    if (bucket === undefined) {
      await askOss('ListBuckets', () => store.listBuckets({ 'max-keys': 1 }, {}), how)
      return 'answers'
    }
    await askOss(`ListObjects of ${bucket}`, () => store.listV2({ 'max-keys': '1' }, {}), how)
    return `answers; bucket ${bucket} can be listed`
  }
  return { name: `OSS at ${endpoint ?? 'its public address'}, region ${region}`, look }
}

/** Whether each CMK is there and enabled; that there is none is something that does not work. */
export function cmkChecks(session: Session, signal: AbortSignal): readonly AccessCheck[] {
  const { cmks, readCmks, discover, kmsEndpoint, rsaKeys, writesUnder } = session.settings
  const isWrittenUnder = writesUnder === 'cmk'
  const none = { name: 'CMK', look: async () => Promise.resolve(session.dataKeys.requireKey()).then(() => '') }
  const checkOf = (arn: string): AccessCheck => {
    const look = async () => {
      const answer = await askKms(session, arn.split(':')[2], 'DescribeKey', { KeyId: arn }, signal)
      const { KeyState: state } = answer['KeyMetadata'] as { readonly KeyState?: unknown }
      if (state !== 'Enabled') throw new CommandError('denied', 'KeyDisabled', `it is ${String(state)}`)
      return isWrittenUnder && cmks.includes(arn) ? 'enabled; written under, and read with' : 'enabled; read with'
    }
    return { name: `CMK ${arn} at ${kmsEndpoint ?? 'its public address'}`, look }
  }
  return [
    ...(cmks.length === 0 && isWrittenUnder ? [none] : []),
    ...rsaKeys.map((path) => ({
      name: `RSA key ${path}`,
      look: () => Promise.resolve(isWrittenUnder ? 'read with' : 'written under, and read with'),
    })),
    ...[...new Set([...cmks, ...readCmks])].map(checkOf),
    ...discover.map((place) => ({ name: `CMKs of ${place}`, look: () => Promise.resolve('any is read with') })),
  ]
}

/** Finds something out and prints it; the exit code that stands for it. */
export async function reportCheck(report: Report, { name, look }: AccessCheck, signal: AbortSignal): Promise<ExitName> {
  try {
    const says = await look()
    report.answer({ type: 'check', name, ok: true, says }, `ok      ${name}: ${says}`)
    return 'ok'
  } catch (error) {
    signal.throwIfAborted()
    const { exit, code, message, hint } = explainError(error)
    const lines = [`FAILED  ${name}: ${message} (${code})`, ...(hint === undefined ? [] : [`        ${hint}`])]
    report.answer({ type: 'check', name, ok: false, code, message, hint }, lines)
    return exit
  }
}

function originOf(isLocal: boolean, env: CommandContext['env']): string {
  if (isLocal) return 'of the local cloud'
  if (env['ALIBABA_CLOUD_ACCESS_KEY_ID']) return 'from ALIBABA_CLOUD_ACCESS_KEY_ID'
  if (env['OSS_ACCESS_KEY_ID'] && env['OSS_ACCESS_KEY_SECRET']) return 'from OSS_ACCESS_KEY_ID'
  return 'from the default chain (OIDC, aliyun CLI, ~/.alibabacloud/credentials, RAM role)'
}
