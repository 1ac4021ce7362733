import { metadataOption, readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { CommandError, usageError } from '../command-error.js'
import type { Input } from '../local-files.js'
import type { Readable } from 'node:stream'
import type { EncryptionInfo } from 'osscrypt'
import { flagOf } from '../flags.js'
import { connect } from './encrypt.js'

export const decrypt: CommandSpec = {
  name: 'decrypt',
  summary: 'decrypt what encrypt, or the vendor’s Encryption SDK, wrote',
  args: '[input]',
  details:
    'Messages and streams are told apart by how they begin; an object that was brought here, of whatever format, is read with what stood beside it, in --metadata. Nothing is put out, and no file gets its name, before all of it is verified; until then what goes to stdout is held as ciphertext, a larger one in a temporary file. Without an input, or with -, stdin is read; without -o, stdout is written.',
  cloud: true,
  options: [
    ['-o, --output <file>', 'write there; the file gets its name when all is verified'],
    ['-f, --force', 'replace the output if it is there'],
    metadataOption,
    ['--expected-key <key>', 'with --metadata: the key that the object was written under'],
    ...readOptions,
  ],
  examples: [
    'osscrypt decrypt report.pdf.enc -o report-copy.pdf',
    'osscrypt decrypt body --metadata body.json -o report-copy.pdf',
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const { openInput, checkOutput, statOf, writeOutput } = await import('../local-files.js')
  const [path = '-'] = args
  const output = flags.text('output')
  const input = await openInput(path)
  const force = flags.on('force')
  const metadata = flags.text('metadata')
  await checkOutput(output, input, force)
  if (metadata !== undefined) await checkOutput(output, { stats: await statOf(metadata) }, force)
  if (!isFile(output)) report.takeStdout()
  const decrypted = metadata === undefined ? decryptMessage : decryptObject
  const { plaintext, verified } = await decrypted(context, path, input)
  await writeOutput(output, plaintext, signal, force)
  if (!verified) report.unverified(path)
  if (output !== undefined) report.event({ type: 'decrypted', input: path, output }, `decrypted -> ${output}`)
  return 'ok'
}

/** Plaintext on its way. */
interface Decrypted {
  readonly plaintext: Readable
  /** Whether it is by the time that it comes. */
  readonly verified: boolean
}

/** A message or a stream, from a file or a pipe. */
async function decryptMessage(context: CommandContext, path: string, input: Input): Promise<Decrypted> {
  const { flags, signal } = context
  const { openSession } = await import('../cloud/session.js')
  const { EncryptionSdk, messageForm } = await import('osscrypt')
  const { Readable } = await import('node:stream')
  const { buffer } = await import('node:stream/consumers')
  for (const name of ['expectedKey', 'requireBinding', 'formats', 'allowLegacyFormats']) {
    const isGiven = flags.on(name) || flags.text(name) !== undefined
    if (isGiven) throw usageError(`${flagOf(name)} is of objects`, 'read one that lies in a file with --metadata')
  }
  const session = await openSession(context)
  const sdk = new EncryptionSdk({ dataKeys: session.dataKeys })
  const options = {
    requiredContext: flags.pairs('requiredContext'),
    allowUnauthenticatedAlgorithms: flags.on('allowUnauthenticatedAlgorithms'),
    signal,
  }
  const { head, whole } = await peek(input.stream)
  const form = messageForm(head)
  if (form === undefined) {
    input.stream.destroy()
    throw notEncrypted(path, head.length === 0)
  }
  const stream = Readable.from(whole, { objectMode: false })
  if (form === 'message') {
    const { plaintext, encryption } = await sdk.decrypt(await buffer(stream), options)
    return { plaintext: Readable.from([plaintext], { objectMode: false }), verified: isVerified(encryption) }
  }
  const { temporaryFolder } = session.settings
  // A file gets its name when all of it is verified; what goes to a pipe is gone.
  const allowUnverifiedStream = isFile(flags.text('output'))
  const plaintext = connect(stream, sdk.decryptStream({ ...options, temporaryFolder, allowUnverifiedStream }))
  return { plaintext, verified: isVerified(await plaintext.encryption) }
}

function isFile(output: string | undefined): boolean {
  return output !== undefined && output !== '-'
}

/** CBC and CTR verify nothing. */
function isVerified({ algorithm }: EncryptionInfo): boolean {
  return algorithm.includes('_GCM_')
}

/** An object that lies in files. */
async function decryptObject(context: CommandContext, path: string, input: Input): Promise<Decrypted> {
  input.stream.destroy()
  const { flags, report, signal } = context
  const { openObject } = await import('../cloud/open-object.js')
  const { readReadOptions } = await import('../transfer/transfer-options.js')
  const { client, key, expectedKey } = await openObject(context, path)
  const { stream, verified } = await client.getStream(key, { ...readReadOptions(context), expectedKey, signal })
  if (flags.text('expectedKey') === undefined && expectedKey !== undefined)
    report.note(`it was written as ${expectedKey}: --expected-key makes sure of that`)
  return { plaintext: stream, verified }
}

function notEncrypted(input: string, empty: boolean): CommandError {
  return new CommandError(
    'notEncrypted',
    'NotEncrypted',
    `${input} is ${empty ? 'empty' : 'neither a message nor a stream of the Encryption SDK'}`,
    'it was not encrypted with `osscrypt encrypt` or the vendor’s SDK, or its beginning is lost; objects are read with `osscrypt cp`',
  )
}

/** As many bytes tell the forms apart. */
const FORM_LENGTH = 16

/** The beginning of a stream, long enough to tell its form or all of it, and the stream with that before the rest. */
async function peek(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const chunks = stream[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < FORM_LENGTH) {
    const next = await chunks.next()
    if (next.done === true) break
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  async function* whole() {
    yield head
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { head, whole: whole() }
}
