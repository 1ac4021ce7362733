import { formatLength } from '../format-length.mjs'
import { createLineUp } from '../peers/line-up.mjs'
import { createTemporaryFile } from '../peers/temporary-file.mjs'
import { decryptingBytes, decryptingStream, encryptingBytes, encryptingStream } from '../throughput.mjs'

const KIB = 2 ** 10
const MIB = 2 ** 20
const GIB = 2 ** 30

/** Slow peers are measured on no more than this, which their names say then: they are not faster on more, and need several times the memory. */
const AGE_LENGTH = 8 * MIB
const AWS_LENGTH = 128 * MIB

/** As a multiple of what the AWS SDK does. */
const AWS_GOAL = 3

const directions = /** @type {const} */ (['encrypt', 'decrypt'])

/** @typedef {import('../result.js').Bench} Bench */
/** @typedef {Awaited<ReturnType<typeof createLineUp>>} LineUp */
/** @typedef {import('../peers/line-up.mjs').Format} Format */

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const lineUp = await createLineUp(bench.quick ? [MIB] : [MIB, 256 * KIB, 64 * KIB])
  for (const length of bench.quick ? [4 * KIB, 64 * MIB] : [4 * KIB, 64 * KIB, MIB, 64 * MIB, GIB]) {
    for (const format of lineUp.formats) await competeOnBytes(bench, lineUp, format, length)
  }
  for (const length of bench.quick ? [128 * MIB] : [64 * MIB, GIB]) {
    for (const format of lineUp.formats) await competeOnStream(bench, lineUp, format, length)
    if (!bench.quick) await competeUnverified(bench, lineUp, length)
  }
}

/**
 * @param {Bench} bench
 * @param {LineUp} lineUp
 * @param {Format} format
 * @param {number} length
 */
async function competeOnBytes(bench, { nodeCrypto, age }, { ours, segmentLength = MIB, goals, awsSdk }, length) {
  // A message of one segment is the same whatever the length of segments; of many, the streams tell.
  if (segmentLength < MIB && (segmentLength >= length || length >= 64 * MIB)) return
  for (const direction of directions) {
    const start = direction === 'encrypt' ? encryptingBytes : decryptingBytes
    await compete(bench, `${direction} ${formatLength(length)}, ${ours.name}`, start, [
      { contestant: ours, length },
      { contestant: nodeCrypto, length, goal: length >= 64 * MIB ? goals[direction] : undefined },
      { contestant: awsSdk, length: Math.min(length, AWS_LENGTH), goal: length >= MIB ? AWS_GOAL : undefined },
      ...(isComparedWithAge(bench, ours) ? [{ contestant: age, length: Math.min(length, AGE_LENGTH) }] : []),
    ])
  }
}

/**
 * @param {Bench} bench
 * @param {LineUp} lineUp
 * @param {Format} format
 * @param {number} length
 */
async function competeOnStream(bench, { nodeCrypto, nodeStream, age }, { ours, goals, awsSdk }, length) {
  for (const direction of directions) {
    const start = direction === 'encrypt' ? encryptingStream : decryptingStream
    const isHeld = direction === 'decrypt' && ours.name === 'gcm'
    const how = isHeld ? ' verified before release' : ''
    await compete(bench, `${direction} a stream of ${formatLength(length)}, ${ours.name}${how}`, start, [
      { contestant: ours, length },
      { contestant: nodeCrypto, length, goal: isHeld ? goals.decryptStream : goals[direction] },
      // `floe` is not given out as one of node's streams.
      ...(ours.name === 'gcm' ? [{ contestant: nodeStream, length }] : []),
      ...(isHeld && !bench.quick ? [{ contestant: createTemporaryFile(), length }] : []),
      { contestant: awsSdk, length: Math.min(length, AWS_LENGTH), goal: AWS_GOAL },
      ...(isComparedWithAge(bench, ours) ? [{ contestant: age, length: Math.min(length, AGE_LENGTH) }] : []),
    ])
  }
}

/**
 * The same `gcm` stream without holding ciphertext until it is checked, so that what that costs can be seen.
 *
 * @param {Bench} bench
 * @param {LineUp} lineUp
 * @param {number} length
 */
async function competeUnverified(bench, { unverifiedGcm, nodeCrypto, nodeStream }, length) {
  const name = `decrypt a stream of ${formatLength(length)}, gcm with allowUnverifiedStream`
  const contestants = [unverifiedGcm, nodeCrypto, nodeStream].map((contestant) => ({ contestant, length }))
  await compete(bench, name, decryptingStream, contestants)
}

/**
 * Everything that is made for a contest goes with this function.
 *
 * @template {{ contestant: { readonly name: string }; length: number; goal?: number | undefined }} Entry
 * @param {Bench} bench
 * @param {string} name
 * @param {(entries: readonly Entry[]) => Promise<(Entry & { measure: import('../result.js').Measure })[]>} start
 * @param {readonly Entry[]} entries The first is ours.
 */
async function compete(bench, name, start, entries) {
  // What the contest before left behind is not to be there still when a GiB is taken for the next.
  globalThis.gc?.()
  const [ours, ...others] = await start(entries)
  if (!ours) throw new RangeError('nobody takes part')
  const peers = others.map(({ contestant, length, measure, goal }) => ({
    name: length < ours.length ? `${contestant.name} (on ${formatLength(length)})` : contestant.name,
    measure,
    goal,
  }))
  const rounds = !bench.quick && ours.length >= GIB ? 4 : undefined
  await bench.compete({ name, unit: 'MB/s', ours: ours.measure, peers, rounds })
}

/**
 * age seals segments: where there is little time it is compared with those only.
 *
 * @param {Bench} bench
 * @param {Format['ours']} ours
 */
function isComparedWithAge({ quick }, ours) {
  return !quick || ours.name !== 'gcm'
}
