import { readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { CommandError } from '../command-error.js'
import { FORM_BYTES, formOf } from '../message-form.js'
import { connect } from './encrypt.js'

export const decrypt: CommandSpec = {
  name: 'decrypt',
  summary: 'decrypt what encrypt, or the vendor’s Encryption SDK, wrote',
  args: '[input]',
  details:
    'Messages and streams are told apart by their first byte. Nothing is put out before all of it is verified; until then ciphertext is held, a larger one in a temporary file. Without an input, or with -, stdin is read; without -o, stdout is written.',
  cloud: true,
  options: [
    ['-o, --output <file>', 'write there; the file gets its name when all is verified'],
    ['-f, --force', 'replace the output if it is there'],
    ...readOptions.filter(([flags]) => flags !== '--require-binding'),
  ],
  examples: ['osscrypt decrypt report.pdf.enc -o report-copy.pdf'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const { openInput, checkOutput, writeOutput } = await import('../local-files.js')
  const { openSession } = await import('../cloud/session.js')
  const { EncryptionSdk } = await import('osscrypt')
  const { Readable } = await import('node:stream')
  const { buffer } = await import('node:stream/consumers')
  const output = flags.text('output')
  const session = await openSession(context)
  const sdk = new EncryptionSdk({ dataKeys: session.dataKeys })
  const input = await openInput(args[0])
  await checkOutput(output, input, flags.on('force'))
  const options = {
    requiredContext: flags.pairs('requiredContext'),
    allowUnauthenticatedAlgorithms: flags.on('allowUnauthenticatedAlgorithms'),
    temporaryFolder: session.settings.temporaryFolder,
    signal,
  }
  if (output === undefined || output === '-') report.takeStdout()
  const { head, whole } = await peek(input.stream)
  const form = formOf(head)
  if (form === undefined) {
    input.stream.destroy()
    throw notEncrypted(args[0] ?? '-', head.length === 0)
  }
  const stream = Readable.from(whole, { objectMode: false })
  const decrypted =
    form === 'message'
      ? Readable.from([(await sdk.decrypt(await buffer(stream), options)).plaintext], { objectMode: false })
      : connect(stream, sdk.decryptStream(options))
  await writeOutput(output, decrypted, signal)
  if (output !== undefined) report.event({ type: 'decrypted', input: args[0] ?? '-', output }, `decrypted -> ${output}`)
  return 'ok'
}

function notEncrypted(input: string, empty: boolean): CommandError {
  return new CommandError(
    'notEncrypted',
    'NotEncrypted',
    `${input} is ${empty ? 'empty' : 'neither a message nor a stream of the Encryption SDK'}`,
    'it was not encrypted with `osscrypt encrypt` or the vendor’s SDK, or its beginning is lost; objects are read with `osscrypt cp`',
  )
}

/** The beginning of a stream, long enough to tell its form or all of it, and the stream with that before the rest. */
async function peek(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const chunks = stream[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < FORM_BYTES) {
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
