import { randomInt } from 'node:crypto'
import { formatLength } from './format-length.mjs'
import { takeTurns } from './take-turns.mjs'

/** @typedef {Awaited<ReturnType<typeof import('./range-readers.mjs').openRangeReaders>>['readers']} Readers */
/** @typedef {{ source: import('./source-file.mjs').SourceFile; rangeLength: number; count: number }} Ranges */

/** Bytes of ranges that are short: they have the goals, and are read in all ways. */
const SHORT_LENGTH = 1024

const MOST_REQUESTS = 1
const MOST_TIMES_PLAIN = 1.3

/** Beside an object's bytes, both sides move the headers of HTTP, which are shorter than this for one request. */
const HTTP_LENGTH = 4096

/** A part of a floe object takes two segments more than it is long, at most, and the header where that is not known. */
const FLOE_HEADER_LENGTH = 74

/** A part of a gcm object starts with a block. */
const GCM_BLOCK_LENGTH = 16

/**
 * What is compared with plain ali-oss. The goals are for a client that keeps data keys: `reader` is `cached`.
 *
 * @type {readonly {
 *   object: import('./range-readers.mjs').ObjectName
 *   reader: keyof Readers
 *   title: string
 *   segmentLength?: number
 * }[]}
 */
const contestants = [
  { object: 'floe-1-mib', reader: 'cached', title: 'floe', segmentLength: 2 ** 20 },
  { object: 'gcm', reader: 'cached', title: 'gcm, unverified' },
  { object: 'floe-1-mib', reader: 'opened', title: 'floe', segmentLength: 2 ** 20 },
  { object: 'floe-64-kib', reader: 'cached', title: 'floe with segments of 64 KiB', segmentLength: 2 ** 16 },
  { object: 'floe-1-mib', reader: 'uncached', title: 'floe', segmentLength: 2 ** 20 },
]

const READER_TITLES = {
  plain: '',
  cached: 'cached data key',
  opened: 'openRandomAccess',
  uncached: 'KMS asked for each',
}

/**
 * Counts requests and bytes of ranges after the first of an object, each kind by itself, and compares what is read with the source.
 *
 * @param {import('./result.js').Bench} bench
 * @param {Readers} readers
 * @param {Ranges} ranges
 * @param {{
 *   requests: () => Promise<import('./local-cloud.mjs').RequestCounts>
 *   bytes: () => Promise<{ oss: import('./shaped-network.mjs').ByteCounts }>
 * }} take Gives what there was since the last time.
 */
export async function countRanges(bench, readers, ranges, take) {
  const { source, rangeLength, count } = ranges
  /** @type {(reader: keyof Readers, object: import('./range-readers.mjs').ObjectName) => Promise<{ oss: number; kms: number; moved: number }>} */
  const countReads = async (reader, object) => {
    await readers[reader](object, 0, rangeLength - 1)
    await Promise.all([take.requests(), take.bytes()])
    for (const start of choosePlaces(ranges)) {
      const content = await readers[reader](object, start, start + rangeLength - 1)
      if (content.length !== rangeLength) throw new Error('a range of another length came back')
      source.assertBytes(content, start)
    }
    const { oss, kms } = await take.requests()
    const bytes = await take.bytes()
    return { oss: oss / count, kms: kms / count, moved: (bytes.oss.sent + bytes.oss.received) / count }
  }

  const plain = await countReads('plain', 'plain')
  for (const { object, reader, title, segmentLength } of contestantsFor(ranges)) {
    const { oss, kms, moved } = await countReads(reader, object)
    const what = `${nameRange(ranges)} after the first, ${title}, ${READER_TITLES[reader]}`
    const extra = segmentLength === undefined ? GCM_BLOCK_LENGTH : 2 * segmentLength + FLOE_HEADER_LENGTH
    const most = rangeLength + extra + HTTP_LENGTH * oss
    if (moved > most) throw new Error(`${what}: ${moved} bytes moved, of at most ${most}`)
    const isShort = rangeLength === SHORT_LENGTH
    const counted = [
      {
        kind: 'requests',
        ours: oss,
        theirs: plain.oss,
        ...(isShort && reader === 'cached' && { goal: MOST_REQUESTS }),
      },
      { kind: 'bytes', ours: moved, theirs: plain.moved },
      // How long the range is makes no difference to KMS, and plain ali-oss does not call it.
      ...(isShort ? [{ kind: 'calls of KMS', ours: kms, theirs: 1, baselineName: 'one for each range' }] : []),
    ]
    for (const { kind, ours, theirs, baselineName = 'ali-oss', ...rest } of counted) {
      const name = `${kind} for ${what}`
      bench.record({ name, unit: kind, better: 'lower', ours: [ours], baseline: [theirs], baselineName, ...rest })
    }
  }
}

/**
 * Measures the time of ranges, one after another, against plain ali-oss, which moves no more than the range; where a segment is longer than that,
 * against plain ali-oss with as many bytes, too.
 *
 * @param {import('./result.js').Bench} bench
 * @param {Readers} readers
 * @param {Ranges & { where: string; rounds: number; budgetMs: number }} ranges
 */
export async function timeRanges(bench, readers, ranges) {
  const { rangeLength, count, where, rounds, budgetMs } = ranges
  /** @type {(reader: keyof Readers, object: import('./range-readers.mjs').ObjectName, length?: number) => () => Promise<number>} */
  const measure = (reader, object, length = rangeLength) => {
    return async () => {
      const places = choosePlaces({ ...ranges, rangeLength: length })
      const startMs = performance.now()
      for (const start of places) await readers[reader](object, start, start + length - 1)
      return (performance.now() - startMs) / count
    }
  }
  const plain = 'ali-oss'
  /** @type {Record<string, () => Promise<number>>} */
  const measures = { [plain]: measure('plain', 'plain') }
  /** @type {{ name: string; baselineName: string; goal?: number }[]} */
  const comparisons = []
  for (const { object, reader, title, segmentLength = 0 } of contestantsFor(ranges)) {
    const name = `time of ${nameRange(ranges)}, ${title}, ${READER_TITLES[reader]}, ${where}`
    measures[name] = measure(reader, object)
    const hasGoal = reader === 'cached' && rangeLength === SHORT_LENGTH
    comparisons.push({ name, baselineName: plain, ...(hasGoal && { goal: MOST_TIMES_PLAIN }) })
    if (segmentLength <= rangeLength) continue
    const baselineName = `ali-oss with ${formatLength(segmentLength)}`
    measures[baselineName] = measure('plain', 'plain', segmentLength)
    comparisons.push({ name, baselineName })
  }
  for (const warmUp of Object.values(measures)) await warmUp()
  const figures = await takeTurns(measures, { rounds, budgetMs })
  for (const { name, baselineName, ...rest } of comparisons) {
    const { [name]: ours = [], [baselineName]: baseline = [] } = figures
    bench.record({ name, unit: 'ms', better: 'lower', ours, baseline, baselineName, ...rest })
  }
}

/** Long ranges are read in the ways that differ for them.
 * @param {Ranges} ranges
 */
function contestantsFor({ rangeLength }) {
  return rangeLength === SHORT_LENGTH ? contestants : contestants.slice(0, 3)
}

/** @param {Ranges} ranges */
function nameRange({ source, rangeLength }) {
  return `a range of ${formatLength(rangeLength)} of ${formatLength(source.length)}`
}

/** Where so many ranges start.
 * @param {Ranges} ranges
 */
function choosePlaces({ source, rangeLength, count }) {
  return Array.from({ length: count }, () => randomInt(source.length - rangeLength))
}
