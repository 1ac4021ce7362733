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
    'KMS is not asked, and what is shown is only what somebody wrote there. --verify unwraps the data key and verifies the envelope\nwith it; `osscrypt verify` reads the whole object.',
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
  const { formatOf } = await import('../cloud/describe-object.js')
  const { readReadOptions } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  const client = await session.client(location.bucket)
  const head = await client.head(location.key, { signal })
  if (flags.on('verify')) {
    const options = readReadOptions(context)
    // A read of one byte verifies the envelope; an empty object has none, and is read whole.
    if (head.plaintextLength === 0) await client.get(location.key, options)
    else await client.getRange(location.key, { start: 0, end: 0 }, { ...options, allowUnverifiedRange: true })
  }
  const { algorithm, encryptionContext, cmkArns } = head.encryption
  const { headers } = head.res
  const envelope = (name: string) => headers[`${META}${META}${name}`] ?? headers[`${META}${name}`]
  const lengthOf = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64').length)
  const facts = {
    object: describeLocation(location),
    format: formatOf(head.encryption),
    algorithm,
    cmks: cmkArns,
    regions: [...new Set(cmkArns.map((arn) => arn.split(':')[2]))],
    accounts: [...new Set(cmkArns.map((arn) => arn.split(':')[3]))],
    encryptionContext: { ...encryptionContext },
    boundTo: encryptionContext['osscrypt:object'] ?? null,
    length: head.plaintextLength,
    storedLength: Number(headers['content-length']),
    headerLength: lengthOf(envelope('header')),
    iv: envelope('iv'),
    authTag: envelope('authtag'),
    envelope: flags.on('verify') ? 'verified' : 'not verified',
  }
  report.answer({ type: 'inspect', ...facts }, formatFacts({ ...facts, boundTo: facts.boundTo ?? 'no key' }))
  return 'ok'
}
