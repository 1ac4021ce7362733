import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { toWritable } from '../chunks.mjs'
import { formatLength } from '../format-length.mjs'

/**
 * The AWS Encryption SDK with a raw AES keyring and the suite that commits to its key and signs nothing. A data key is made for each message
 * and wrapped here, by one small AES-GCM call.
 *
 * @param {number} frameLength Bytes of plaintext in a frame. The default, 4096, would make it slower.
 * @returns {import('./contestant.js').Contestant}
 */
export function createAwsEncryptionSdk(frameLength) {
  const client = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new RawAesKeyringNode({
    keyName: 'bench',
    keyNamespace: 'bench',
    // The keyring wants memory that it has for itself, which small buffers of node share.
    unencryptedMasterKey: new Uint8Array(randomBytes(32)),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  // The client writes into the options of a call.
  const options = () => ({
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    frameLength,
  })
  return {
    name: `@aws-crypto/client-node, frames of ${formatLength(frameLength)}`,
    encryptBytes: async (plaintext) => (await client.encrypt(keyring, plaintext, options())).result,
    decryptBytes: async (message) => (await client.decrypt(keyring, message)).plaintext,
    encryptStream: (source, sink) => pipeline(source, client.encryptStream(keyring, options()), toWritable(sink)),
    decryptStream: (source, sink) => pipeline(source, client.decryptUnsignedMessageStream(keyring), toWritable(sink)),
  }
}
