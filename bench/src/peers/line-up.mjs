import { checkContestant } from '../check-contestant.mjs'
import { createNodeCrypto } from './node-crypto.mjs'
import { createNodeCryptoStream } from './node-crypto-stream.mjs'
import { createFloeContestant } from './osscrypt-floe.mjs'
import { createGcm } from './osscrypt-gcm.mjs'

const MIB = 2 ** 20

/** @typedef {import('./contestant.js').Contestant} Contestant */

/**
 * One of our formats, and what it is to reach of node:crypto on large data.
 *
 * @typedef {{
 *   ours: Contestant
 *   segmentLength: number | undefined
 *   goals: { encrypt?: number; decrypt?: number; decryptStream?: number }
 * }} Format
 */

/**
 * What is Node's and ours, each of which has shown that it decrypts what it encrypted and refuses what was changed. Nothing else is loaded: what is in the
 * heap is gone through by the collector, at the cost of whoever works beside the event loop.
 *
 * @param {readonly number[]} segmentLengths Of `floe`, in bytes.
 */
export async function createLineUp(segmentLengths) {
  const lineUp = {
    /** @type {readonly Format[]} */
    formats: [
      { ours: createGcm(), segmentLength: undefined, goals: { encrypt: 1.05, decrypt: 0.9, decryptStream: 0.5 } },
      ...segmentLengths.map((segmentLength) => ({
        ours: createFloeContestant(segmentLength),
        segmentLength,
        goals: segmentLength === MIB ? { encrypt: 1.05, decrypt: 0.95 } : {},
      })),
    ],
    unverifiedGcm: createGcm({ allowUnverifiedStream: true }),
    nodeCrypto: createNodeCrypto(),
    nodeStream: createNodeCryptoStream(),
  }
  const { formats, ...others } = lineUp
  for (const contestant of [...formats.map(({ ours }) => ours), ...Object.values(others)])
    await checkContestant(contestant)
  return lineUp
}

/**
 * What others have written for the same, each checked likewise.
 *
 * @param {readonly number[]} segmentLengths Of which frames of the AWS SDK are.
 */
export async function createOthers(segmentLengths) {
  const { createAge } = await import('./age.mjs')
  const { createAwsEncryptionSdk } = await import('./aws-encryption-sdk.mjs')
  const age = createAge()
  const awsSdks = new Map(segmentLengths.map((length) => [length, createAwsEncryptionSdk(length)]))
  for (const contestant of [age, ...awsSdks.values()]) await checkContestant(contestant)
  return { age, awsSdks }
}
