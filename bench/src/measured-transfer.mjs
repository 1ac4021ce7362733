// node measured-transfer.mjs SETTINGS_AS_JSON: moves one object and prints how many MiB of memory that took over the process at rest.
import OSS from 'ali-oss'
import { peakMemoryMib } from '../../tools/peak-memory.mjs'
import { checkPatternedBytes, createPatternedBytes } from './patterned-bytes.mjs'

/**
 * What one process does. `path` is that of the file that is put or got.
 *
 * @typedef {{
 *   cloud: import('./local-cloud.mjs').Cloud
 *   contestant: 'osscrypt' | 'ali-oss'
 *   action: 'put-stream' | 'put-file' | 'get-file' | 'get-stream'
 *   format?: 'gcm' | 'floe' | undefined
 *   name: string
 *   path: string
 *   length: number
 *   temporaryFolder: string
 * }} Transfer
 */

const [, , settings = ''] = process.argv
/** @type {Transfer} */
const { cloud, contestant, action, format, name, path, length, temporaryFolder } = JSON.parse(settings)
const store = new OSS({ ...cloud.ossOptions, timeout: '600s' })
const client = contestant === 'osscrypt' ? await createEncrypting() : createPlain()

// At rest, with everything loaded that one small object needs.
await client.put('idle', Buffer.alloc(1000))
await client.get('idle')
const idleMib = process.memoryUsage.rss() / 2 ** 20
if (action === 'put-stream') await client.putStream(name, createPatternedBytes(length))
else if (action === 'put-file') await client.put(name, path)
else if (action === 'get-file') await client.get(name, path)
else await checkPatternedBytes(await client.getStream(name), length)
console.log(peakMemoryMib() - idleMib)

/** Loaded by who encrypts only. */
async function createEncrypting() {
  const { KmsDataKeyProvider } = await import('osscrypt')
  const { OssEncryptionClient } = await import('osscrypt/oss')
  const { cmkArn, kmsEndpoint: endpoint, credentials } = cloud
  const dataKeys = new KmsDataKeyProvider(cmkArn, { endpoint, credentials })
  const encrypting = new OssEncryptionClient({ store, dataKeys, temporaryFolder })
  return {
    put: (/** @type {string} */ key, /** @type {Buffer | string} */ source) => encrypting.put(key, source, { format }),
    putStream: (/** @type {string} */ key, /** @type {import('node:stream').Readable} */ stream) =>
      encrypting.put(key, stream, { format }),
    get: (/** @type {string} */ key, /** @type {string} */ target = '') =>
      target === '' ? encrypting.get(key) : encrypting.get(key, target),
    getStream: async (/** @type {string} */ key) => (await encrypting.getStream(key)).stream,
  }
}

function createPlain() {
  return {
    put: (/** @type {string} */ key, /** @type {Buffer | string} */ source) => store.put(key, source),
    putStream: (/** @type {string} */ key, /** @type {import('node:stream').Readable} */ stream) =>
      store.putStream(key, stream),
    get: (/** @type {string} */ key, /** @type {string} */ target = '') =>
      target === '' ? store.get(key) : store.get(key, target),
    getStream: async (/** @type {string} */ key) => (await store.getStream(key)).stream,
  }
}
