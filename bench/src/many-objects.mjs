import { randomBytes } from 'node:crypto'
import { CachingDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { formatLength } from './format-length.mjs'
import { createDataKeys, createStore } from './local-cloud.mjs'
import { takeTurns } from './take-turns.mjs'

/** @typedef {(name: string) => Promise<unknown>} Work */
/** @typedef {{ put: () => Work; get: () => Work }} Side `put` and `get` make ready for a round of it. */

/**
 * What is stored. A gcm object that is bound to its name, as by default, has that in the context that KMS sees, so that no two share a data key and
 * a cache saves nothing.
 *
 * @type {Record<string, import('osscrypt/oss').PutOptions>}
 */
const formats = { floe: { format: 'floe' }, 'gcm with bindToObject false': { format: 'gcm', bindToObject: false } }

/**
 * Puts many objects and gets them into memory, some of them at a time, with cached data keys, against plain ali-oss doing the same.
 *
 * @param {import('./result.js').Bench} bench
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @param {{ length: number; count: number; atATime: number; budgetMs: number; goal?: number }} load `goal`: of puts.
 */
export async function measureManyObjects(bench, cloud, { length, count, atATime, budgetMs, goal }) {
  const content = randomBytes(length)
  const sides = createSides(cloud, content)
  const nameOf = (/** @type {string} */ side, /** @type {number} */ index) => `${side}/${index}`

  for (const [side, { put, get }] of Object.entries(sides)) {
    const putOne = put()
    const getOne = get()
    await forEach(count, atATime, (index) => putOne(nameOf(side, index)))
    await forEach(count, atATime, async (index) => {
      const back = /** @type {{ content: Buffer }} */ (await getOne(nameOf(side, index)))
      if (!content.equals(back.content)) throw new Error(`${side}: what came back is not what was put`)
    })
    const stored = /** @type {{ content: Buffer }} */ (await sides.plain.get()(nameOf(side, 0))).content
    if (stored.includes(content) !== (side === 'plain')) throw new Error(`${side}: not stored as it should be`)
  }

  const what = `${count} objects of ${length % 1024 === 0 ? formatLength(length) : `${length / 1e6} MB`}`
  for (const operation of /** @type {const} */ (['put', 'get'])) {
    const measures = Object.entries(sides).map(([side, operations]) => {
      const measure = async () => {
        const work = operations[operation]()
        const startMs = performance.now()
        await forEach(count, atATime, (index) => work(nameOf(side, index)))
        return (count * 1000) / (performance.now() - startMs)
      }
      return /** @type {const} */ ([side, measure])
    })
    const figures = await takeTurns(Object.fromEntries(measures), { rounds: bench.quick ? 3 : 7, budgetMs })
    for (const format of Object.keys(formats)) {
      bench.record({
        name: `${operation} ${what}, ${atATime} at a time, ${format}, cached data key`,
        unit: 'objects/s',
        ours: figures[format] ?? [],
        baseline: figures['plain'] ?? [],
        baselineName: 'ali-oss',
        goal: operation === 'put' ? goal : undefined,
      })
    }
  }
}

/**
 * Plain ali-oss, and this library in each format. A cache begins empty in each round: what it saves is told with the call that fills it.
 *
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @param {Buffer} content
 */
function createSides(cloud, content) {
  const store = createStore(cloud)
  const kms = createDataKeys(cloud)
  const createClient = () =>
    new OssEncryptionClient({ store, dataKeys: new CachingDataKeyProvider(kms, { maxAgeMs: 60_000 }) })
  /** @type {[string, Side][]} */
  const encrypted = Object.entries(formats).map(([format, options]) => {
    const put = () => {
      const client = createClient()
      return (/** @type {string} */ name) => client.put(name, content, options)
    }
    const get = () => {
      const client = createClient()
      return (/** @type {string} */ name) => client.get(name)
    }
    return [format, { put, get }]
  })
  /** @type {Side} */
  const plain = { put: () => (name) => store.put(name, content), get: () => (name) => store.get(name) }
  return { plain, ...Object.fromEntries(encrypted) }
}

/**
 * Calls `work` with 0 to `count` - 1, so many at a time.
 *
 * @param {number} count
 * @param {number} atATime
 * @param {(index: number) => Promise<unknown>} work
 */
async function forEach(count, atATime, work) {
  let next = 0
  const workOneByOne = async () => {
    while (next < count) {
      next += 1
      await work(next - 1)
    }
  }
  await Promise.all(Array.from({ length: atATime }, workOneByOne))
}
