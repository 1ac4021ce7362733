import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec, OptionSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'

/** KMS's names of what it signs with. */
export const signatureAlgorithms = ['RSA_PSS_SHA_256', 'RSA_PKCS1_SHA_256', 'ECDSA_SHA_256', 'SM2DSA'] as const

/** What sign and verify-signature take. */
export const signatureOptions: readonly OptionSpec[] = [
  ['--algorithm <algorithm>', `one of ${signatureAlgorithms.join(', ')}`],
  ['--key <arn>', 'ARN of an asymmetric CMK'],
  ['--key-version <id>', 'version of the CMK; needed when there are several'],
]

export const sign: CommandSpec = {
  name: 'sign',
  summary: 'sign a file or a pipe with an asymmetric CMK',
  args: '[input]',
  details:
    'The data is digested here; only the digest goes to KMS. The signature is printed in base64; -o writes its bytes to a file.',
  cloud: true,
  options: [
    ...signatureOptions,
    ['-o, --output <file>', 'write the signature there'],
    ['-f, --force', 'replace it if it is there'],
  ],
  examples: ['osscrypt sign report.pdf --algorithm ECDSA_SHA_256 --key "$SIGNING_KEY" -o report.sig'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const algorithm = flags.choice('algorithm', signatureAlgorithms)
  const key = flags.text('key')
  if (!algorithm || key === undefined) throw usageError('sign needs --algorithm and --key')
  const { openInput, checkOutput, writeOutput } = await import('../local-files.js')
  const { openSession } = await import('../cloud/session.js')
  const { KmsSigner } = await import('osscrypt')
  const { Readable } = await import('node:stream')
  const session = await openSession(context)
  const signer = new KmsSigner(key, { ...session.kms, retry: session.retry, keyVersionId: flags.text('keyVersion') })
  const output = flags.text('output')
  const input = await openInput(args[0])
  await checkOutput(output, input, flags.on('force'))
  const signature = Buffer.from(await signer.sign(input.stream, { algorithm, signal }))
  const facts = {
    algorithm,
    key,
    keyVersionId: await signer.keyVersionId({ signal }),
    signature: signature.toString('base64'),
  }
  if (output === undefined) report.answer({ type: 'signature', ...facts }, facts.signature)
  else {
    await writeOutput(output, Readable.from([signature], { objectMode: false }), signal, flags.on('force'))
    report.event({ type: 'signature', ...facts, output }, `signed -> ${output}`)
  }
  return 'ok'
}
