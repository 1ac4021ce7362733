import { usageError } from '../command-error.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { Session } from '../cloud/session.js'
import type { ListedObject } from '../cloud/list-objects.js'
import type { ObjectDescription } from '../cloud/describe-object.js'
import type { ExitName } from '../exit-codes.js'
import { describeLocation, parsePrefix } from '../location.js'
import { mapInParallel } from '../run-in-parallel.js'
import { nonEmpty } from '../non-empty.js'

export const ls: CommandSpec = {
  name: 'ls',
  summary: 'list objects, with the lengths of their plaintext',
  args: '[prefix]',
  details:
    'Lists what starts with oss://BUCKET/PREFIX, up to the next /; without an argument, the buckets. Lengths come from the envelopes, one request an object, and nothing of them is verified; --stored shows what OSS holds and asks nothing more.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything, not only up to the next /'],
    ['-l, --long', 'format and CMK too'],
    ['--stored', 'lengths as OSS holds them, without a request for each object'],
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
  ],
  examples: ['osscrypt ls -l oss://my-bucket/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const stored = flags.on('stored')
  if (stored && flags.on('long')) throw usageError('--stored and --long exclude each other')
  const location = args[0] === undefined ? undefined : parsePrefix(args[0])
  const { openSession } = await import('../cloud/session.js')
  const { listPages } = await import('../cloud/list-objects.js')
  const { describeObject } = await import('../cloud/describe-object.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  if (!location) return listBuckets(context, session)
  const jobs = readJobs(context, session.settings)
  let found = 0
  const options = flags.on('recursive') ? { signal } : { delimiter: '/', signal }
  for await (const { objects, prefixes } of listPages(session, location, options)) {
    const described = await mapInParallel(objects, jobs, signal, async (object): Promise<Row> => {
      if (stored) return { object, says: undefined }
      return {
        object,
        says: await describeObject(session, { ...location, key: object.key }, object.storedLength, signal),
      }
    })
    found += objects.length + prefixes.length
    await print(context, location.bucket, prefixes, described)
  }
  if (found > 0 || location.key === '') return 'ok'
  if (!report.json) report.note(`there is nothing that starts with ${describeLocation(location)}`)
  return 'notFound'
}

interface Row {
  readonly object: ListedObject
  readonly says: ObjectDescription | undefined
}

async function print(
  { flags, report }: CommandContext,
  bucket: string,
  prefixes: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  if (report.json) {
    for (const prefix of prefixes) report.answer({ type: 'prefix', bucket, prefix }, '')
    for (const { object, says } of rows) {
      const { key, storedLength, lastModified } = object
      const facts = { format: says?.format, integrity: says?.integrity, length: says?.length, cmks: says?.cmks }
      report.answer({ type: 'object', bucket, key, storedLength, lastModified, ...facts }, '')
    }
    return
  }
  if (prefixes.length + rows.length === 0) return
  const { formatTable } = await import('../terminal/table.js')
  const long = flags.on('long')
  const blank = long ? ['', '', '', ''] : ['', '']
  const lines = [
    ...prefixes.map((prefix) => [...blank, prefix]),
    ...rows.map(({ object, says }) => {
      const length = says === undefined ? object.storedLength : says.length
      const format = says?.integrity === 'none' ? `${says.format} (no integrity)` : (says?.format ?? '')
      const more = long ? [format, nonEmpty(says?.cmks.join(',')) ?? '-'] : []
      return [timeOf(object.lastModified), length === undefined ? '?' : String(length), ...more, object.key]
    }),
  ]
  report.answer({ type: 'object' }, await formatTable(lines, [1]))
}

async function listBuckets({ report, signal }: CommandContext, session: Session): Promise<ExitName> {
  const { askOss } = await import('../cloud/ask-oss.js')
  const store = await session.rawStore()
  const answer = await askOss('ListBuckets', () => store.listBuckets({ 'max-keys': 1000 }, {}), {
    retry: session.retry,
    signal,
  })
  const { buckets } = answer as unknown as { buckets: readonly { name: string; region: string }[] | null }
  for (const { name, region } of buckets ?? [])
    report.answer({ type: 'bucket', bucket: name, region }, `oss://${name}/`)
  return 'ok'
}

function timeOf(date: Date): string {
  return date.toISOString().replace('T', ' ').replace(/\.\d+/, '')
}
