import type { EncryptionInfo } from 'osscrypt'
import type { OssEncryptionClient, ReadOptions, UnverifiedHeadResult } from 'osscrypt/oss'
import { formatOf } from '../cloud/format-of.js'
import { usageError } from '../command-error.js'
import { readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parseObject } from '../location.js'
import { formatFacts } from '../terminal/facts.js'

export const inspect: CommandSpec = {
  name: 'inspect',
  summary: 'show everything that an envelope says',
  args: '<object>',
  details:
    'KMS is not asked, and what is shown is only what somebody wrote there. --verify unwraps the data key, and shows what is verified by that, and nothing else; `osscrypt verify` reads the whole object.',
  cloud: true,
  options: [
    ['--verify', 'verify the envelope, with KMS'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    ...readOptions,
  ],
  examples: ['osscrypt inspect oss://my-bucket/report.pdf'],
  run,
}

const META = 'x-oss-meta-'

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const location = parseObject(args[0] ?? '')
  const { openSession } = await import('../cloud/session.js')
  const { readReadOptions } = await import('../transfer/transfer-options.js')
  const options = readReadOptions(context)
  const verifying = flags.on('verify')
  const { requiredContext, expectedKey, requireBinding } = options
  const required = requiredContext !== undefined || expectedKey !== undefined || requireBinding === true
  if (required && !verifying) {
    throw usageError('nothing is verified, and so no requirement met', 'add --verify')
  }
  const session = await openSession(context)
  const client = await session.client(location.bucket)
  const facts = {
    object: describeLocation(location),
    ...(verifying
      ? await verifiedFacts(client, location.key, options)
      : unverifiedFacts(await client.head(location.key, { signal }))),
  }
  report.answer({ type: 'inspect', ...facts }, formatFacts({ ...facts, boundTo: facts.boundTo ?? 'no key' }))
  return 'ok'
}

/** What somebody wrote there. */
function unverifiedFacts({ encryption, plaintextLength, res: { headers } }: UnverifiedHeadResult) {
  const envelope = (name: string) => headers[`${META}${META}${name}`] ?? headers[`${META}${name}`]
  const lengthOf = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64').length)
  return {
    ...envelopeFacts(encryption),
    length: plaintextLength,
    storedLength: Number(headers['content-length']),
    headerLength: lengthOf(envelope('header')),
    iv: envelope('iv'),
    authTag: envelope('authtag'),
    envelope: 'not verified',
  }
}

/** What a verification used: of a floe object its ends, of another a byte, of an empty one all. */
async function verifiedFacts(client: OssEncryptionClient, key: string, options: ReadOptions) {
  const { OsscryptError } = await import('osscrypt')
  const orElse =
    <Result>(other: () => Promise<Result>) =>
    (error: unknown): Promise<Result> => {
      if (error instanceof OsscryptError && ['NotAllowed', 'InvalidRange'].includes(error.code)) return other()
      throw error
    }
  const whole = async () => {
    const { encryption, content } = await client.get(key, options)
    return { encryption, plaintextLength: content.length }
  }
  const one = async () => {
    const range = { start: 0, end: 0 }
    const { encryption } = await client.getRange(key, range, { ...options, allowUnverifiedRange: true })
    return { encryption, plaintextLength: undefined }
  }
  const { encryption, plaintextLength } = await client
    .head(key, { ...options, verifyLength: true })
    .catch(orElse(() => one().catch(orElse(whole))))
  return { ...envelopeFacts(encryption), length: plaintextLength, envelope: 'verified' }
}

function envelopeFacts({
  algorithm,
  encryptionContext,
  cmkArns,
}: Pick<EncryptionInfo, 'algorithm' | 'encryptionContext' | 'cmkArns'>) {
  return {
    format: formatOf({ algorithm }),
    algorithm,
    cmks: cmkArns,
    regions: [...new Set(cmkArns.map((arn) => arn.split(':')[2]))],
    accounts: [...new Set(cmkArns.map((arn) => arn.split(':')[3]))],
    encryptionContext: { ...encryptionContext },
    boundTo: encryptionContext['osscrypt:object'] ?? null,
  }
}
