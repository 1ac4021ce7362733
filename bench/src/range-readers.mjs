import { CachingDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { createDataKeys, createStore } from './local-cloud.mjs'

/** @typedef {'plain' | 'floe-1-mib' | 'floe-64-kib' | 'gcm'} ObjectName */

/**
 * The objects that ranges are read of.
 *
 * @type {Record<Exclude<ObjectName, 'plain'>, import('osscrypt/oss').PutOptions>}
 */
const encryptedObjects = {
  'floe-1-mib': { format: 'floe', segmentLength: 2 ** 20 },
  'floe-64-kib': { format: 'floe', segmentLength: 2 ** 16 },
  gcm: { format: 'gcm' },
}

/**
 * Reads bytes `start` to `end`, both included, of an object.
 *
 * @typedef {(object: ObjectName, start: number, end: number) => Promise<Buffer>} ReadRange
 */

/**
 * Stores a file as each of the objects.
 *
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @param {string} path
 */
export async function putObjects(cloud, path) {
  const store = createStore(cloud)
  await store.put('plain', path)
  const client = new OssEncryptionClient({ store, dataKeys: createDataKeys(cloud) })
  for (const [name, options] of Object.entries(encryptedObjects)) await client.put(name, path, options)
}

/**
 * Ways to read a range of the objects. What each keeps from one range to the next (the data key, the header of an object), it has from the second
 * range on.
 *
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @returns {Promise<{ readers: Record<'plain' | 'cached' | 'uncached' | 'opened', ReadRange>; close: () => void }>} `cached` and `uncached`: by
 *   getRange, with a cache of data keys or without; `opened`: of floe objects that were opened once.
 */
export async function openRangeReaders(cloud) {
  const store = createStore(cloud)
  const kms = createDataKeys(cloud)
  const caching = new CachingDataKeyProvider(kms, { maxAgeMs: 60 * 60_000 })
  const cached = new OssEncryptionClient({ store, dataKeys: caching })
  const uncached = new OssEncryptionClient({ store, dataKeys: kms })
  const openObjects = new Map()
  for (const [name, { format }] of Object.entries(encryptedObjects)) {
    if (format === 'floe') openObjects.set(name, await uncached.openRandomAccess(name))
  }
  /** @type {(client: OssEncryptionClient) => ReadRange} */
  const readWith = (client) => async (object, start, end) => {
    const { content } = await client.getRange(object, { start, end }, { allowUnverifiedRange: object === 'gcm' })
    return content
  }
  return {
    readers: {
      plain: async (object, start, end) => {
        const headers = { Range: `bytes=${start}-${end}`, 'x-oss-range-behavior': 'standard' }
        const { content } = await store.get(object, { headers })
        return content
      },
      cached: readWith(cached),
      uncached: readWith(uncached),
      opened: async (object, start, end) => (await openObjects.get(object).read({ start, end })).content,
    },
    close: () => {
      for (const object of openObjects.values()) object.close()
    },
  }
}
