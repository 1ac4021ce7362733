import { competeInProcess } from '../compete-in-process.mjs'
import { formatLength } from '../format-length.mjs'
import { createLineUp } from '../peers/line-up.mjs'
import { createTemporaryFile } from '../peers/temporary-file.mjs'
import { decryptingBytes, decryptingStream, encryptingBytes, encryptingStream } from '../throughput.mjs'

const KIB = 2 ** 10
const MIB = 2 ** 20
const GIB = 2 ** 30

const directions = /** @type {const} */ (['encrypt', 'decrypt'])

/** @typedef {import('../result.js').Bench} Bench */
/** @typedef {Awaited<ReturnType<typeof createLineUp>>} LineUp */
/** @typedef {import('../peers/line-up.mjs').Format} Format */

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const lineUp = await createLineUp(bench.quick ? [MIB] : [MIB, 256 * KIB, 64 * KIB])
  for (const length of bench.quick ? [128 * MIB] : [64 * MIB, GIB]) {
    for (const format of lineUp.formats) await competeOnStream(bench, lineUp, format, length)
    if (!bench.quick) await competeUnverified(bench, lineUp, length)
  }
  for (const length of bench.quick ? [4 * KIB, 64 * MIB] : [4 * KIB, 64 * KIB, MIB, 64 * MIB, GIB]) {
    for (const format of lineUp.formats) await competeOnBytes(bench, lineUp, format, length)
  }
}

/**
 * @param {Bench} bench
 * @param {LineUp} lineUp
 * @param {Format} format
 * @param {number} length
 */
async function competeOnBytes(bench, { nodeCrypto }, { ours, segmentLength = MIB, goals }, length) {
  // A message of one segment is the same whatever the length of segments; of many, the streams tell.
  if (segmentLength < MIB && (segmentLength >= length || length >= 64 * MIB)) return
  for (const direction of directions) {
    const start = direction === 'encrypt' ? encryptingBytes : decryptingBytes
    await competeInProcess(bench, `${direction} ${formatLength(length)}, ${ours.name}`, start, [
      { contestant: ours, length },
      { contestant: nodeCrypto, length, goal: length >= 64 * MIB ? goals[direction] : undefined },
    ])
  }
}

/**
 * @param {Bench} bench
 * @param {LineUp} lineUp
 * @param {Format} format
 * @param {number} length
 */
async function competeOnStream(bench, { nodeCrypto, nodeStream }, { ours, goals }, length) {
  for (const direction of directions) {
    const start = direction === 'encrypt' ? encryptingStream : decryptingStream
    const isHeld = direction === 'decrypt' && ours.name === 'gcm'
    const how = isHeld ? ' verified before release' : ''
    await competeInProcess(bench, `${direction} a stream of ${formatLength(length)}, ${ours.name}${how}`, start, [
      { contestant: ours, length },
      { contestant: nodeCrypto, length, goal: isHeld ? goals.decryptStream : goals[direction] },
      // `floe` is not given out as one of node's streams.
      ...(ours.name === 'gcm' ? [{ contestant: nodeStream, length }] : []),
      ...(isHeld && !bench.quick ? [{ contestant: createTemporaryFile(), length }] : []),
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
  await competeInProcess(bench, name, decryptingStream, contestants)
}
