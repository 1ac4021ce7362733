import type { UnverifiedEncryptionInfo, EncryptionInfo, MessageForm } from 'osscrypt'
import type { OssEncryptionClient, ReadOptions, UnverifiedHeadResult } from 'osscrypt/oss'
import { formatOf } from '../cloud/format-of.js'
import { usageError } from '../command-error.js'
import { metadataOption, readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { formatFacts } from '../terminal/facts.js'

export const inspect: CommandSpec = {
  name: 'inspect',
  summary: 'show everything that an envelope says',
  args: '<object>',
  details:
    'Of an object in OSS, or of a file: a message, a stream, or an object that was brought here, with what stood beside it in --metadata. KMS is not asked, and what is shown is only what somebody wrote there. --verify unwraps the data key, and shows what is verified by that, and nothing else; `osscrypt verify` reads the whole object.',
  cloud: true,
  options: [
    ['--verify', 'verify the envelope, with KMS'],
    metadataOption,
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    ...readOptions,
  ],
  examples: ['osscrypt inspect oss://my-bucket/report.pdf', 'osscrypt inspect report.pdf.enc'],
  run,
}

const META = 'x-oss-meta-'

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report } = context
  const { openObject } = await import('../cloud/open-object.js')
  const { readReadOptions } = await import('../transfer/transfer-options.js')
  const options = readReadOptions(context)
  const verifying = flags.on('verify')
  const { requiredContext, expectedKey, requireBinding } = options
  const required = requiredContext !== undefined || expectedKey !== undefined || requireBinding === true
  if (required && !verifying) {
    throw usageError('nothing is verified, and so no requirement met', 'add --verify')
  }
  const opened = await openObject(context, args[0] ?? '')
  const { object, client, key, form } = opened
  const read = { ...options, expectedKey: opened.expectedKey }
  const facts = {
    object,
    ...(verifying ? await verifiedFacts(client, key, read) : unverifiedFacts(await client.head(key), form)),
  }
  report.answer({ type: 'inspect', ...facts }, formatFacts({ ...facts, boundTo: facts.boundTo ?? 'no key' }))
  return 'ok'
}

/** What somebody wrote there. */
function unverifiedFacts(head: UnverifiedHeadResult, form: MessageForm | undefined) {
  const { encryption, integrity, plaintextLength, res } = head
  const { headers } = res
  // Of a message that is a body nothing stands there: what has such a name is the caller's.
  const envelope = (name: string) =>
    head.format === 'message-body' ? undefined : (headers[`${META}${META}${name}`] ?? headers[`${META}${name}`])
  const lengthOf = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64').length)
  return {
    format: formatOf(head),
    ...(head.format === 'message-body' && { form }),
    integrity,
    ...envelopeFacts(encryption),
    length: plaintextLength,
    storedLength: Number(headers['content-length']),
    headerLength: lengthOf(envelope('header')),
    iv: envelope('iv'),
    authTag: envelope('authtag'),
    envelope: 'not verified',
  }
}

/** What a verification used: of a floe object its ends, of another a byte, of an empty one, and where there are no parts, all. */
async function verifiedFacts(client: OssEncryptionClient, key: string, options: ReadOptions) {
  const { OsscryptError } = await import('osscrypt')
  const orElse =
    <Result>(other: () => Promise<Result>) =>
    (error: unknown): Promise<Result> => {
      if (error instanceof OsscryptError && ['NotAllowed', 'InvalidRange', 'UnsupportedAlgorithm'].includes(error.code))
        return other()
      throw error
    }
  const whole = async () => {
    const got = await client.get(key, options)
    return { ...got, plaintextLength: got.integrity === 'none' ? undefined : got.content.length }
  }
  const one = async () => {
    const range = { start: 0, end: 0 }
    const got = await client.getRange(key, range, { ...options, allowUnverifiedRange: true })
    return { ...got, plaintextLength: undefined }
  }
  const found = await client
    .head(key, { ...options, verifyLength: true })
    .catch(orElse(() => one().catch(orElse(whole))))
  return {
    format: formatOf(found),
    integrity: found.integrity,
    ...envelopeFacts(found.encryption),
    length: found.plaintextLength,
    envelope: found.encryption.unverified === true ? 'cannot be verified' : 'verified',
  }
}

/** The OSS SDKs' own encryption knows no context and no CMKs, and says how a key was wrapped. */
function envelopeFacts(encryption: EncryptionInfo | UnverifiedEncryptionInfo) {
  const { algorithm, encryptionContext, cmkArns } = encryption
  const { wrapAlgorithm, keyDescription } = { wrapAlgorithm: undefined, keyDescription: undefined, ...encryption }
  return {
    algorithm,
    ...(wrapAlgorithm === undefined ? {} : { wrapAlgorithm, keyDescription }),
    cmks: cmkArns,
    regions: partsOf(cmkArns, 2),
    accounts: partsOf(cmkArns, 3),
    encryptionContext: { ...encryptionContext },
    boundTo: encryptionContext['osscrypt:object'] ?? null,
    origin: encryptionContext['osscrypt:origin'],
  }
}

/** Of RSA keys' names there are none. */
function partsOf(cmkArns: readonly string[], index: number): readonly string[] {
  const ofCmks = cmkArns.filter((arn) => arn.startsWith('acs:'))
  return [...new Set(ofCmks.flatMap((arn) => arn.split(':')[index] ?? []))].filter((part) => part !== '')
}
