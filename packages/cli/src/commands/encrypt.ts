import { basename } from 'node:path'
import type { AlgorithmName } from 'osscrypt'
import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { flagOf } from '../flags.js'

export const encrypt: CommandSpec = {
  name: 'encrypt',
  summary: 'encrypt a file or a pipe, without OSS',
  args: '[input]',
  details:
    'Writes what the vendor’s Encryption SDK writes: a stream, of any size in constant memory, or with --message a message, in memory. With --metadata, the body of an object instead, and beside it what has to stand beside it in OSS, for whatever brings both there. Without an input, or with -, stdin is read; without -o, stdout is written.',
  cloud: true,
  options: [
    ['-o, --output <file>', 'write there; the file gets its name when it is complete'],
    ['-f, --force', 'replace the output if it is there'],
    ['--message', 'one message (ASN.1), not a stream'],
    ['--metadata <file>', 'an object: write there, as JSON, what stands beside its body'],
    ['--format <format>', 'of an object: gcm (default), floe or message-body'],
    ['--name <key>', 'of an object: the key that it is bound to; without it, it is bound to none'],
    ['--context <name=value>', 'an entry of the encryption context: in the clear, authenticated', 'repeat'],
    ['--algorithm <name>', 'default AES_GCM_NOPADDING_256'],
    ['--allow-unauthenticated-algorithms', 'take CBC and CTR too, under which nobody notices changes'],
  ],
  examples: [
    'osscrypt encrypt report.pdf -o report.pdf.enc',
    'tar c photos | osscrypt encrypt > photos.tar.enc',
    'osscrypt encrypt report.pdf --format floe --metadata body.json -o body',
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const { openInput, checkOutput, checkApart, writeOutput } = await import('../local-files.js')
  const output = flags.text('output')
  const force = flags.on('force')
  if ((output === undefined || output === '-') && process.stdout.isTTY) {
    throw usageError('what is encrypted is nothing for a terminal', '-o names a file; or send it into a pipe')
  }
  const { openSession } = await import('../cloud/session.js')
  const { EncryptionSdk } = await import('osscrypt')
  const { Readable } = await import('node:stream')
  const { buffer } = await import('node:stream/consumers')
  const session = await openSession(context)
  session.dataKeys.requireKey()
  const sdk = new EncryptionSdk({ dataKeys: session.dataKeys })
  const input = await openInput(args[0])
  await checkOutput(output, input, force)
  const options = {
    encryptionContext: flags.pairs('context'),
    algorithm: flags.text('algorithm') as AlgorithmName | undefined,
    allowUnauthenticatedAlgorithms: flags.on('allowUnauthenticatedAlgorithms'),
    signal,
  }
  const done = () => {
    if (output !== undefined)
      report.event({ type: 'encrypted', input: args[0] ?? '-', output }, `encrypted -> ${output}`)
    return 'ok' as const
  }
  const metadata = flags.text('metadata')
  if (metadata !== undefined) {
    if (output === undefined || output === '-') throw usageError('--metadata goes with -o: an object lies in two files')
    if (flags.on('message'))
      throw usageError('--metadata and --message exclude each other', 'see --format message-body')
    await checkOutput(metadata, input, force)
    await checkApart(output, metadata)
    const { FileStore } = await import('../cloud/file-store.js')
    const { readFormat } = await import('../transfer/transfer-options.js')
    const name = flags.text('name')
    const client = session.clientOf(new FileStore({ body: output, metadata }, { replace: force }))
    const format = readFormat(context, session.settings)
    // Of a file it can be seen whether it changes meanwhile.
    const source = input.stats && args[0] !== undefined ? args[0] : input.stream
    if (source !== input.stream) input.stream.destroy()
    await client.put(name ?? basename(output), source, { ...options, format, bindToObject: name !== undefined })
    return done()
  }
  for (const name of ['format', 'name'])
    if (flags.text(name) !== undefined) throw usageError(`${flagOf(name)} is of objects`, 'add --metadata FILE')
  if (output === undefined || output === '-') report.takeStdout()
  const encrypted = flags.on('message')
    ? Readable.from([(await sdk.encrypt(await buffer(input.stream), options)).message], { objectMode: false })
    : connect(input.stream, sdk.encryptStream(options))
  await writeOutput(output, encrypted, signal, force)
  return done()
}

/** Sends a stream through another, errors too. */
export function connect<Through extends NodeJS.ReadWriteStream & { destroy(error?: Error): unknown }>(
  from: NodeJS.ReadableStream,
  through: Through,
): Through {
  from.once('error', (error) => through.destroy(error as Error))
  // It may fail before anybody reads it: whoever does, then gets the error.
  through.on('error', () => undefined)
  return from.pipe(through)
}
