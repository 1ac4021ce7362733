import { once } from 'node:events'
import { usageError } from '../command-error.js'
import { literalOption, readOptions, versionOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, requireReachable } from '../location.js'

export const cat: CommandSpec = {
  name: 'cat',
  summary: 'print objects, or a part of one',
  args: '<object...>',
  details:
    'All that is printed is verified, but for parts of gcm and message-body objects: GCM has one tag for the whole object, so that those need --allow-unverified-range; and for what --allow-legacy-formats and --allow-unauthenticated-algorithms read, of which a line on stderr says so. A whole gcm object is held as ciphertext until it is verified, a larger one in the temporary folder. Ranges are in bytes from 0, both ends included, and take no more memory when they are long. With a * in a key, which stands for anything without /, objects are printed in the order of their keys.',
  cloud: true,
  options: [
    ['--range <a-b>', 'bytes a to b; a- to the end; -n the last n'],
    ['--allow-unverified-range', 'take parts that nobody has verified'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    versionOption,
    literalOption,
    ...readOptions,
  ],
  examples: [
    'osscrypt cat oss://my-bucket/report.pdf > report-copy.pdf',
    'osscrypt cat --range 0-9 oss://my-bucket/video.mp4',
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { flags, report, signal } = context
  const { areSeveral, meantObjects, readMeantObjects } = await import('../work/object-steps.js')
  const meant = await readMeantObjects(context)
  const [first] = meant.locations
  const text = flags.text('range')
  const range = text === undefined ? undefined : parseRange(text)
  if (range && areSeveral(meant)) throw usageError('--range is of one object')
  report.takeStdout()
  const { pipeline } = await import('node:stream/promises')
  const { openSession } = await import('../cloud/session.js')
  const { readReadOptions } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  const options = { ...readReadOptions(context), signal }
  if (range && first) {
    const { readRange } = await import('../cloud/read-range.js')
    const client = await session.client(first.bucket)
    const allowUnverifiedRange = flags.on('allowUnverifiedRange')
    let allVerified = true
    for await (const { content, verified } of readRange(client, first.key, range, {
      ...options,
      allowUnverifiedRange,
    })) {
      allVerified &&= verified
      if (!process.stdout.write(content)) await once(process.stdout, 'drain', { signal })
    }
    if (!allVerified) report.unverified(describeLocation(first))
    return 'ok'
  }
  for await (const object of meantObjects(session, meant, signal)) {
    requireReachable(object)
    const { bucket, key } = object
    const client = await session.client(bucket)
    const { update, end } = report.progress.track('receiving', undefined)
    try {
      const { stream, verified } = await client.getStream(key, { ...options, progress: update })
      await pipeline(stream, process.stdout, { end: false, signal })
      if (!verified) report.unverified(describeLocation({ kind: 'oss', bucket, key }))
    } finally {
      end()
    }
  }
  return 'ok'
}

function parseRange(text: string): { start: number; end?: number } {
  const [, start = '', end = ''] = /^(\d{0,15})-(\d{0,15})$/.exec(text) ?? []
  if (start === '' && end === '') throw usageError('--range takes a-b, a- or -n')
  if (start === '') {
    if (Number(end) === 0) throw usageError('--range: the last 0 bytes are none')
    return { start: -Number(end) }
  }
  if (end === '') return { start: Number(start) }
  if (Number(end) < Number(start)) throw usageError('--range: the end is before the start')
  return { start: Number(start), end: Number(end) }
}
