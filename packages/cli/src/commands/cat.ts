import { usageError } from '../command-error.js'
import { readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { parseObject } from '../location.js'

export const cat: CommandSpec = {
  name: 'cat',
  summary: 'print an object, or a part of it',
  args: '<object>',
  details:
    'All that is printed is verified, but for parts of gcm objects: GCM has one tag for the whole object, so that those need\n--allow-unverified-range. Ranges are in bytes from 0, both ends included.',
  cloud: true,
  options: [
    ['--range <a-b>', 'bytes a to b; a- to the end; -n the last n'],
    ['--allow-unverified-range', 'take parts that nobody has verified'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    ...readOptions,
  ],
  examples: [
    'osscrypt cat oss://my-bucket/report.pdf > report-copy.pdf',
    'osscrypt cat --range 0-9 oss://my-bucket/video.mp4',
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const location = parseObject(args[0] ?? '')
  const text = flags.text('range')
  const range = text === undefined ? undefined : parseRange(text)
  report.takeStdout()
  const { pipeline } = await import('node:stream/promises')
  const { Readable } = await import('node:stream')
  const { openSession } = await import('../cloud/session.js')
  const { readReadOptions } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  const client = await session.client(location.bucket)
  const options = readReadOptions(context)
  if (!range) {
    const { update, done } = report.progress.track()
    const { stream } = await client.getStream(location.key, { ...options, progress: update })
    await pipeline(stream, process.stdout, { end: false, signal })
    done()
    return 'ok'
  }
  const allowUnverifiedRange = flags.on('allowUnverifiedRange')
  const { content, verified } = await client.getRange(location.key, range, { ...options, allowUnverifiedRange })
  await pipeline(Readable.from([content], { objectMode: false }), process.stdout, { end: false, signal })
  if (!verified) report.note('nobody has verified these bytes')
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
