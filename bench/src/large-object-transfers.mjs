import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { OssEncryptionClient } from 'osscrypt/oss'
import { createDataKeys, createStore } from './local-cloud.mjs'

/** Of the parts, and how many are on their way at a time, on both sides; ours are the defaults (of what is got as gcm, 3 MiB). */
const PART_LENGTH = 8 * 2 ** 20
const PARALLEL = 4

/** In one request, or in several at a time. */
export const MODES = /** @type {const} */ ([
  { mode: 'whole', how: 'in one stream', baselines: { put: 'ali-oss', get: 'ali-oss' } },
  {
    mode: 'parts',
    how: `in ${PARALLEL} parts at a time`,
    baselines: { put: 'ali-oss multipartUpload', get: 'ali-oss, a loop over ranges' },
  },
])

/** @typedef {(typeof MODES)[number]['mode']} Mode */
/** @typedef {'plain' | 'gcm' | 'floe'} Side */

/**
 * Ways to transfer a file: from `source` to an object, and from that to another file.
 *
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @param {import('./source-file.mjs').SourceFile} source
 */
export function createTransfers(cloud, { path, length }) {
  const store = createStore(cloud)
  const dataKeys = createDataKeys(cloud)
  const inParts = new OssEncryptionClient({ store, dataKeys })
  const whole = new OssEncryptionClient({ store, dataKeys, multipartThreshold: Infinity })

  /** @type {(side: Side, mode: Mode) => Promise<unknown>} */
  const put = (side, mode) => {
    const name = `${side}-${mode}`
    if (side !== 'plain') {
      const client = mode === 'whole' ? whole : inParts
      return client.put(name, path, { format: side, partLength: PART_LENGTH, parallel: PARALLEL })
    }
    return mode === 'whole'
      ? store.putStream(name, createReadStream(path), /** @type {any} */ ({ contentLength: length }))
      : store.multipartUpload(name, path, { partSize: PART_LENGTH, parallel: PARALLEL })
  }
  return {
    put,
    /** @type {(side: Side, mode: Mode, target: string) => Promise<unknown>} */
    get: (side, mode, target) => {
      const name = `${side}-${mode}`
      if (side === 'plain') return mode === 'whole' ? store.get(name, target) : getRanges(store, name, target, length)
      return inParts.get(name, target, { parallel: mode === 'whole' ? 1 : PARALLEL })
    },
    /** The first bytes that are stored. @type {(side: Side, mode: Mode) => Promise<Buffer>} */
    peek: async (side, mode) => {
      const { content } = await store.get(`${side}-${mode}`, { headers: { Range: 'bytes=0-4095' } })
      return content
    },
    /** Opens connections and has code compiled. */
    warmUp: async () => {
      const warm = async (/** @type {number} */ index) => {
        await inParts.put(`warm-${index}`, Buffer.alloc(1024))
        await inParts.get(`warm-${index}`)
      }
      await Promise.all(Array.from({ length: PARALLEL }, (_, index) => warm(index)))
    },
  }
}

/**
 * ali-oss gets objects in one stream only: this is what its users write instead.
 *
 * @param {import('ali-oss')} store
 * @param {string} name
 * @param {string} target
 * @param {number} length Bytes of the object.
 */
async function getRanges(store, name, target, length) {
  const file = await open(target, 'w')
  let next = 0
  const getOneByOne = async () => {
    while (next < length) {
      let position = next
      next += PART_LENGTH
      const headers = { Range: `bytes=${position}-${Math.min(next, length) - 1}` }
      const { stream } = await store.getStream(name, { headers })
      for await (const chunk of stream) {
        await file.write(chunk, 0, chunk.length, position)
        position += chunk.length
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, getOneByOne))
  await file.sync()
  await file.close()
}
