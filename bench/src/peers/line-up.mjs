import { checkContestant } from '../check-contestant.mjs'
import { createAge } from './age.mjs'
import { createAwsEncryptionSdk } from './aws-encryption-sdk.mjs'
import { createNodeCrypto } from './node-crypto.mjs'
import { createNodeCryptoStream } from './node-crypto-stream.mjs'
import { createFloeContestant } from './osscrypt-floe.mjs'
import { createGcm } from './osscrypt-gcm.mjs'

const MIB = 2 ** 20

/** @typedef {import('./contestant.js').Contestant} Contestant */

/**
 * One of our formats, what it is to reach of node:crypto on large data, and the peer that seals as much at a time.
 *
 * @typedef {{
 *   ours: Contestant
 *   segmentLength: number | undefined
 *   goals: { encrypt?: number; decrypt?: number; decryptStream?: number }
 *   awsSdk: Contestant
 * }} Format
 */

/**
 * All that take part, each of which has shown that it decrypts what it encrypted and refuses what was changed.
 *
 * @param {readonly number[]} segmentLengths Of `floe`, in bytes.
 */
export async function createLineUp(segmentLengths) {
  const lineUp = {
    /** @type {readonly Format[]} */
    formats: [
      {
        ours: createGcm(),
        segmentLength: undefined,
        goals: { encrypt: 1.05, decrypt: 0.9, decryptStream: 0.5 },
        awsSdk: createAwsEncryptionSdk(MIB),
      },
      ...segmentLengths.map((segmentLength) => ({
        ours: createFloeContestant(segmentLength),
        segmentLength,
        goals: segmentLength === MIB ? { encrypt: 1.05, decrypt: 0.95 } : {},
        awsSdk: createAwsEncryptionSdk(segmentLength),
      })),
    ],
    unverifiedGcm: createGcm({ allowUnverifiedStream: true }),
    nodeCrypto: createNodeCrypto(),
    nodeStream: createNodeCryptoStream(),
    age: createAge(),
  }
  const { formats, ...others } = lineUp
  const contestants = [...formats.flatMap(({ ours, awsSdk }) => [ours, awsSdk]), ...Object.values(others)]
  for (const contestant of contestants) await checkContestant(contestant)
  return lineUp
}
