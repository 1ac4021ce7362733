import { usageError } from '../command-error.js'
import { literalOption } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { Session } from '../cloud/session.js'
import type { ListedObject } from '../cloud/list-objects.js'
import type { ListedVersion } from '../cloud/list-versions.js'
import type { ExitName } from '../exit-codes.js'
import { keyPattern } from '../key-pattern.js'
import { describeLocation, parsePrefix, type ObjectLocation } from '../location.js'
import { mapInParallel } from '../run-in-parallel.js'
import { ListingTotal } from '../terminal/listing-total.js'
import { formatListing, type ListedRow } from '../terminal/listing.js'

export const ls: CommandSpec = {
  name: 'ls',
  summary: 'list objects, with the lengths of their plaintext',
  args: '[prefix]',
  details:
    'Lists what starts with oss://BUCKET/PREFIX, up to the next /, or what is like a key with * in it (* stands for anything without /, ** for anything); without an argument, the buckets. Lengths come from the envelopes, one request an object, and nothing of them is verified; --stored shows what OSS holds and asks nothing more. Times are in UTC. Versions are shown with their ids, the newest of each key first; of a key that was deleted, there is a delete marker.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything, not only up to the next /'],
    ['-l, --long', 'format and CMK too'],
    ['-H, --human', 'lengths as 1.5 MiB, not in bytes'],
    ['--total', 'how many objects and bytes it is, at the end'],
    ['--versions', 'all versions, of buckets that keep them'],
    ['--stored', 'lengths as OSS holds them, without a request for each object'],
    ['-j, --jobs <number>', 'how many requests at once (default 8)'],
    literalOption,
  ],
  examples: [
    'osscrypt ls -l oss://my-bucket/',
    'osscrypt ls -rH --total oss://my-bucket/',
    "osscrypt ls 'oss://my-bucket/photos/*.jpg'",
  ],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  if (flags.on('stored') && flags.on('long')) throw usageError('--stored and --long exclude each other')
  const location = args[0] === undefined ? undefined : parsePrefix(args[0])
  const { openSession } = await import('../cloud/session.js')
  const { readJobs } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  if (!location) {
    const { listBuckets } = await import('../cloud/list-buckets.js')
    for (const { name, region } of await listBuckets(session, signal))
      report.answer({ type: 'bucket', bucket: name, region }, `oss://${name}/`)
    return 'ok'
  }
  const jobs = readJobs(context, session.settings)
  const total = new ListingTotal()
  for await (const { objects, prefixes } of listChosen(context, session, location)) {
    const describe = async (object: ListedObject | ListedVersion) => describeRow(context, session, location, object)
    const rows = await mapInParallel(objects, jobs, signal, describe)
    rows.forEach((row) => total.add(row))
    total.prefixes += prefixes.length
    await print(context, location.bucket, prefixes, rows)
  }
  if (total.isEmpty && location.key !== '') {
    report.note(
      `there is nothing that ${keyPattern(location) ? 'is like' : 'starts with'} ${describeLocation(location)}`,
    )
    return 'notFound'
  }
  if (flags.on('total')) report.answer({ type: 'total', ...total.facts() }, total.describe())
  return 'ok'
}

/** Pages of what is meant: what starts with a key, or is like a pattern. */
async function* listChosen({ flags, signal }: CommandContext, session: Session, location: ObjectLocation) {
  const { listPages } = await import('../cloud/list-objects.js')
  const { listVersionPages } = await import('../cloud/list-versions.js')
  const list = flags.on('versions') ? listVersionPages : listPages
  const pattern = flags.on('literal') ? undefined : keyPattern(location)
  const recursive = flags.on('recursive')
  if (pattern && recursive) throw usageError('-r takes no wildcards', '** stands for anything, / too')
  const delimiter = recursive || pattern?.isFlat === false ? undefined : '/'
  for await (const { objects, prefixes } of list(session, pattern?.prefix ?? location, { delimiter, signal })) {
    yield {
      objects: pattern ? objects.filter(({ key }) => pattern.matches(key)) : objects,
      prefixes: pattern ? prefixes.filter((prefix) => pattern.matches(prefix.slice(0, -1))) : prefixes,
    }
  }
}

async function describeRow(
  { flags, signal }: CommandContext,
  session: Session,
  location: ObjectLocation,
  object: ListedObject | ListedVersion,
): Promise<ListedRow> {
  const version = 'versionId' in object ? object : undefined
  if (flags.on('stored') || version?.isDeleteMarker === true) return { object, version, says: undefined }
  const { describeObject } = await import('../cloud/describe-object.js')
  const asked = { signal, versionId: version?.versionId }
  return {
    object,
    version,
    says: await describeObject(session, { ...location, key: object.key }, object.storedLength, asked),
  }
}

async function print(
  { flags, report }: CommandContext,
  bucket: string,
  prefixes: readonly string[],
  rows: readonly ListedRow[],
): Promise<void> {
  if (report.json) {
    for (const prefix of prefixes) report.answer({ type: 'prefix', bucket, prefix }, '')
    for (const { object, version, says } of rows) {
      const { key, storedLength, lastModified, storageClass } = object
      const known = version && { versionId: version.versionId, isLatest: version.isLatest }
      const kind = version?.isDeleteMarker === true ? 'deleteMarker' : 'object'
      const facts = {
        format: says?.format,
        integrity: says?.integrity,
        length: says?.length,
        cmks: says?.cmks,
        ...known,
      }
      report.answer({ type: kind, bucket, key, storedLength, lastModified, storageClass, ...facts }, '')
    }
    return
  }
  if (prefixes.length + rows.length === 0) return
  report.answer(
    { type: 'object' },
    await formatListing(prefixes, rows, { long: flags.on('long'), human: flags.on('human') }),
  )
}
