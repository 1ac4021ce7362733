import { competeInProcess } from '../compete-in-process.mjs'
import { formatLength } from '../format-length.mjs'
import { createLineUp, createOthers } from '../peers/line-up.mjs'
import { decryptingBytes, decryptingStream, encryptingBytes, encryptingStream } from '../throughput.mjs'

const KIB = 2 ** 10
const MIB = 2 ** 20
const GIB = 2 ** 30

/** Slow peers are measured on no more than this, which their names say then: they are not faster on more, and need several times the memory. */
const AGE_LENGTH = 8 * MIB
const AWS_LENGTH = 128 * MIB

/** As a multiple of what the AWS SDK does. */
const AWS_GOAL = 3

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const segmentLengths = bench.quick ? [MIB] : [MIB, 256 * KIB, 64 * KIB]
  const { formats } = await createLineUp(segmentLengths)
  const { age, awsSdks } = await createOthers(segmentLengths)
  for (const { isStream, lengths } of [
    { isStream: true, lengths: bench.quick ? [128 * MIB] : [64 * MIB, GIB] },
    { isStream: false, lengths: bench.quick ? [4 * KIB, 64 * MIB] : [4 * KIB, 64 * KIB, MIB, 64 * MIB] },
  ]) {
    for (const length of lengths) {
      for (const { ours, segmentLength = MIB } of formats) {
        if (!isStream && segmentLength < MIB) continue
        const awsSdk = awsSdks.get(segmentLength)
        if (!awsSdk) throw new RangeError(`no frames of ${segmentLength} bytes`)
        const peers = [
          { contestant: awsSdk, length: Math.min(length, AWS_LENGTH), goal: isStream ? AWS_GOAL : undefined },
          // age seals segments: where there is little time it is compared with those only.
          ...(bench.quick && ours.name === 'gcm' ? [] : [{ contestant: age, length: Math.min(length, AGE_LENGTH) }]),
        ]
        const what = `${isStream ? 'a stream of ' : ''}${formatLength(length)}, ${ours.name}`
        const entries = [{ contestant: ours, length }, ...peers]
        await competeInProcess(bench, `encrypt ${what}`, isStream ? encryptingStream : encryptingBytes, entries)
        await competeInProcess(bench, `decrypt ${what}`, isStream ? decryptingStream : decryptingBytes, entries)
      }
    }
  }
}
