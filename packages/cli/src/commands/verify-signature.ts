import { CommandError, usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { signatureAlgorithms, signatureOptions } from './sign.js'

export const verifySignature: CommandSpec = {
  name: 'verify-signature',
  summary: 'check a signature, at KMS or with a public key alone',
  args: '<input> <signature>',
  details:
    'The signature is a file, with its bytes or base64 in it. With --public-key no KMS is asked. A signature that is not valid ends with exit code 5.',
  cloud: true,
  options: [...signatureOptions, ['--public-key <file>', 'PEM of a public key or certificate, instead of --key']],
  examples: ['osscrypt verify-signature report.pdf report.sig --algorithm ECDSA_SHA_256 --key "$SIGNING_KEY"'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [path = '', signaturePath = ''] = args
  const algorithm = flags.choice('algorithm', signatureAlgorithms)
  const [key, publicKey] = [flags.text('key'), flags.text('publicKey')]
  if (!algorithm || (key === undefined) === (publicKey === undefined)) {
    throw usageError('verify-signature needs --algorithm, and --key or --public-key')
  }
  const { openInput, readSmallInput } = await import('../local-files.js')
  const signature = decodeSignature(await readSmallInput(signaturePath, signal))
  const verifier =
    publicKey === undefined
      ? await kmsVerifier(context, key ?? '')
      : await keyVerifier(await readSmallInput(publicKey, signal))
  const input = await openInput(path)
  if (!(await verifier.verify(input.stream, signature, { algorithm, signal }))) {
    throw new CommandError(
      'integrity',
      'SignatureInvalid',
      `the signature is not one of ${path} with this key`,
      'do not trust the file',
    )
  }
  report.answer({ type: 'signature', input: path, valid: true }, 'valid')
  return 'ok'
}

/** Signatures are binary, and longer than what could be base64 by chance. */
function decodeSignature(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').trim()
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64') : bytes
}

async function kmsVerifier(context: CommandContext, key: string) {
  const { openSession } = await import('../cloud/session.js')
  const { KmsSigner } = await import('osscrypt')
  const session = await openSession(context)
  return new KmsSigner(key, { ...session.kms, retry: session.retry, keyVersionId: context.flags.text('keyVersion') })
}

async function keyVerifier(bytes: Buffer) {
  const { PublicKeyVerifier } = await import('osscrypt')
  const pem = bytes.toString('utf8')
  return pem.includes('BEGIN CERTIFICATE') ? PublicKeyVerifier.fromCertificate(pem) : PublicKeyVerifier.fromPem(pem)
}
