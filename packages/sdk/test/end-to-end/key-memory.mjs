// Uses data keys in every way there is, and then looks for them in all of this process's memory, with the built package.
// node --expose-gc key-memory.mjs <settings as JSON>
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import OSS from 'ali-oss'
import { CachingDataKeyProvider, EncryptionSdk, KmsDataKeyProvider, SecretsManagerDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { countInHeap, countInMemory, mask } from '../support/scan-memory.mjs'

const { cmks, instanceCmk, kms, instances, region, ossOptions, work } = JSON.parse(process.argv[2] ?? '')

/** The keys, and the base64 in which they came. @type {Uint8Array[]} */
const keys = []
/** @type {Uint8Array[]} */
const texts = []

/** Passes data keys on and notes them, masked. */
class Noting {
  #inner
  /** @param {import('osscrypt').KmsDataKeyProvider | import('osscrypt').CachingDataKeyProvider} inner */
  constructor(inner) {
    this.#inner = inner
  }
  /** @param {import('osscrypt').DataKeyRequest} request */
  async generateDataKey(request) {
    const materials = await this.#inner.generateDataKey(request)
    note(materials.dataKey)
    return materials
  }
  /** @param {any} request */
  async decryptDataKey(request) {
    const dataKey = await this.#inner.decryptDataKey(request)
    if (dataKey) note(dataKey)
    return dataKey
  }
}

/** @param {Uint8Array} key */
function note(key) {
  keys.push(mask(key))
  texts.push(maskedBase64(key))
}

/**
 * The base64 of a key, letter by letter, without the last group.
 *
 * @param {Uint8Array} key
 */
function maskedBase64(key) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const letters = new Uint8Array(Math.floor(key.length / 3) * 4)
  for (let index = 0; index < letters.length; index += 1) {
    const bit = index * 6
    const pair = ((key[bit >> 3] ?? 0) << 8) | (key[(bit >> 3) + 1] ?? 0)
    letters[index] = alphabet.charCodeAt((pair >> (10 - (bit & 7))) & 63)
  }
  const result = mask(letters)
  letters.fill(0)
  return result
}

const several = new Noting(new KmsDataKeyProvider(cmks, kms))
const text = Buffer.from('what is encrypted')

/** @param {ConstructorParameters<typeof EncryptionSdk>[0]['dataKeys']} dataKeys */
async function messages(dataKeys) {
  const sdk = new EncryptionSdk({ dataKeys })
  for (const algorithm of /** @type {const} */ (['AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128'])) {
    const { message } = await sdk.encrypt(text, { algorithm, encryptionContext: { a: '1' } })
    await sdk.decrypt(message)
    const encrypted = sdk.encryptStream({ algorithm })
    const decrypted = sdk.decryptStream()
    await Promise.all([pipeline(Readable.from([text]), encrypted, decrypted), buffer(decrypted)])
  }
}

/** @type {Record<string, () => Promise<void>>} */
const works = {
  messages: () => messages(several),
  'a KMS instance, over TLS': () => messages(new Noting(new KmsDataKeyProvider(instanceCmk, { ...kms, instances }))),
  async 'Secrets Manager'() {
    const sdk = new EncryptionSdk({
      dataKeys: new SecretsManagerDataKeyProvider('key-memory', several, { ...kms, region }),
    })
    const { message } = await sdk.encrypt(text)
    await sdk.decrypt(message)
  },
  async 'a cache that was cleared'() {
    const cache = new CachingDataKeyProvider(new KmsDataKeyProvider(cmks, kms), { maxAgeMs: 60_000 })
    await messages(new Noting(cache))
    cache.clear()
  },
  async objects() {
    const client = new OssEncryptionClient({ store: new OSS(ossOptions), dataKeys: several })
    for (const format of /** @type {const} */ (['gcm', 'floe'])) {
      await client.put(format, text, { format })
      await client.get(format)
      await client.getRange(format, { start: 1, end: 5 }, { allowUnverifiedRange: format === 'gcm' })
      await client.copy(`${format}-copy`, format)
      await client.rewrap(format, { to: new KmsDataKeyProvider(cmks, kms) })
    }
  },
  /** What has to be found, so that the other findings mean something. */
  async 'a key that is kept'() {
    const provider = new KmsDataKeyProvider(cmks, kms)
    const algorithm = /** @type {any} */ ({ keySpec: 'AES_256', keyLength: 32 })
    const { dataKey } = await provider.generateDataKey({ algorithm, encryptionContext: {} })
    note(dataKey)
    kept.push(dataKey, Buffer.from(dataKey).toString('base64'))
  },
}

/** @type {unknown[]} */
const kept = []
await works[work]?.()
for (let round = 0; round < 3; round += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50))
  globalThis.gc?.()
}
const inMemory = countInMemory(keys)
const inHeap = await countInHeap(texts)
console.log(JSON.stringify({ inMemory, inHeap, kept: kept.length }))
process.exit(0)
