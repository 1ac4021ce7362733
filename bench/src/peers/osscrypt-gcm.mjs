import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'
import { toWritable } from '../chunks.mjs'

const CMK_ID = 'bench'
const CMK_ARN = `acs:kms:cn-hangzhou:1234567890123456:key/${CMK_ID}`

/**
 * `EncryptionSdk` with a KMS in memory that answers at once: its default algorithm, one AES-256-GCM message under a data key.
 *
 * @param {{ allowUnverifiedStream?: boolean }} [options]
 * @returns {import('./contestant.js').Contestant}
 */
export function createGcm({ allowUnverifiedStream = false } = {}) {
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(CMK_ARN, { kms: createKmsInMemory() }) })
  return {
    name: 'gcm',
    encryptBytes: async (plaintext) => (await sdk.encrypt(plaintext)).message,
    decryptBytes: async (message) => (await sdk.decrypt(message)).plaintext,
    encryptStream: (source, sink) => pipeline(source, sdk.encryptStream(), toWritable(sink)),
    decryptStream: (source, sink) => pipeline(source, sdk.decryptStream({ allowUnverifiedStream }), toWritable(sink)),
  }
}

/**
 * Knows one data key, and wraps nothing: how long KMS takes is not what is measured here.
 *
 * @returns {import('osscrypt').KmsClient}
 */
function createKmsInMemory() {
  const dataKey = randomBytes(32)
  const refuse = () => Promise.reject(new Error('not asked for here'))
  return {
    // Copies: whoever gets a data key zeroes it.
    generateDataKey: async () => ({
      plaintext: Buffer.from(dataKey),
      ciphertextBlob: Buffer.alloc(60),
      keyId: CMK_ID,
    }),
    decrypt: async () => ({ plaintext: Buffer.from(dataKey), keyId: CMK_ID }),
    encrypt: refuse,
    reEncrypt: refuse,
  }
}
