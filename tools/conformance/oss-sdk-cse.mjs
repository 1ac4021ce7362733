// Runs objects that the OSS SDKs' own client-side encryption wrote (`oss-sdk-cse/*.json`) through the public API.
import { KmsDataKeyProvider, noRetry, ServiceError } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { areEqual, collect, fromBase64, fromLatin1, toBase64 } from './bytes.mjs'
import { MemoryStore, storedObject } from './memory-store.mjs'

const CMK_ARN = 'acs:kms:cn-hangzhou:1234567890123456:key/cmk-1'
const BLOCK_LENGTH = 16

/**
 * @typedef {Record<string, any>} Vector A case as it stands in the file.
 * @typedef {{ keys: Record<string, { privatePkcs1Pem?: string }>, kms: Record<string, { context: string, keyId: string, plaintext: string }>, cases: Vector[] }} Content
 * @typedef {{ readonly rsaDataKeys: (privateKey: string) => import('osscrypt').DataKeyProvider, readonly blockStep?: number }} Platform
 *   What unwraps by an RSA key; and from every how many blocks ranges are read: 1, where that is not slow.
 */

/**
 * Whether a file holds objects that the OSS SDKs' own client-side encryption wrote.
 *
 * @param {any} content
 */
export function matches(content) {
  return Array.isArray(content?.cases) && 'kms' in content
}

/**
 * The named cases of a file.
 *
 * @param {Content} content
 * @param {Platform} platform
 */
export function cases(content, platform) {
  return content.cases.map((vector) => ({ name: vector.id, run: () => check(content, vector, platform) }))
}

/** What these SDKs wrote is read, and written in other formats only: there is nothing to be emitted. */
export function emit() {
  return Promise.reject(new Error('not supported: such objects are read only'))
}

/**
 * Reads an object whole, as a stream, and from every block on.
 *
 * @param {Content} content
 * @param {Vector} vector
 * @param {Platform} platform
 */
async function check(content, vector, platform) {
  const store = new MemoryStore()
  const plaintext = fromBase64(vector.plaintextB64)
  const headers = Object.fromEntries(vector.metaHeadersOnWire)
  store.objects.set('object', storedObject(headers, fromBase64(vector.ciphertextB64)))
  const client = new OssEncryptionClient({
    store,
    dataKeys: createDataKeys(content, vector, platform),
    retry: noRetry,
    allowLegacyFormats: true,
  })

  const whole = await client.get('object')
  assertSame(whole.content, plaintext, 'whole')
  if (whole.verified || whole.integrity !== 'none') throw new Error('said to be verified')
  const { stream } = await client.getStream('object')
  assertSame(await collect(stream), plaintext, 'as a stream')
  for (let block = 0; block < plaintext.length; block += BLOCK_LENGTH * (platform.blockStep ?? 1)) {
    // At the block's start, and within it.
    const start = Math.min(block + (block % 7), plaintext.length - 1)
    const part = await client.getRange('object', { start, end: plaintext.length + 10 })
    assertSame(part.content, plaintext.subarray(start), `from ${start} on`)
    if (part.verified) throw new Error('a part said to be verified')
  }
}

/**
 * @param {Content} content
 * @param {Vector} vector
 * @param {Platform} platform
 */
function createDataKeys({ keys, kms }, { key, kmsEncryptionContext = '' }, { rsaDataKeys }) {
  if (key !== 'kms') return rsaDataKeys(keys[key]?.privatePkcs1Pem ?? '')
  const refuse = () => Promise.reject(new Error('not asked for here'))
  const context = kmsEncryptionContext === '' ? {} : JSON.parse(kmsEncryptionContext)
  return new KmsDataKeyProvider(CMK_ARN, {
    ...(kmsEncryptionContext !== '' && { ossSdkContext: context }),
    kms: {
      generateDataKey: refuse,
      encrypt: refuse,
      reEncrypt: refuse,
      decrypt: async ({ ciphertextBlob, encryptionContext, plaintextIsText }) => {
        const known = kms[toBase64(ciphertextBlob)]
        const bound = known?.context ? JSON.parse(known.context) : {}
        if (!known || JSON.stringify(bound) !== JSON.stringify(encryptionContext)) {
          throw new ServiceError('WrongContext', 'unknown blob, or another context', { service: 'kms' })
        }
        return {
          plaintext: plaintextIsText ? fromLatin1(known.plaintext) : fromBase64(known.plaintext),
          keyId: known.keyId,
        }
      },
    },
  })
}

/**
 * @param {Uint8Array} got
 * @param {Uint8Array} wanted
 * @param {string} how
 */
function assertSame(got, wanted, how) {
  if (!areEqual(got, wanted)) throw new Error(`another plaintext, ${how}`)
}
