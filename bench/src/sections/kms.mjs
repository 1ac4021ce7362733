import { deepStrictEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { CachingDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { createDataKeys, createStore, startCloud } from '../local-cloud.mjs'
import { startSlowKms } from '../slow-kms.mjs'

const LATENCY_MS = 20
const REQUESTS_PER_SECOND = 1000
const KMS = `KMS at ${LATENCY_MS} ms, ${REQUESTS_PER_SECOND} requests/s`

/**
 * Puts at a time, and how many puts are measured; with a call of KMS for each of them it is the latency that says how many end in a time that is
 * worth measuring.
 */
const loads = [
  { concurrency: 1, quick: { cached: 60, uncached: 8 }, full: { cached: 1000, uncached: 100 } },
  { concurrency: 8, quick: { cached: 96, uncached: 48 }, full: { cached: 2000, uncached: 600 } },
  { concurrency: 64, quick: { cached: 128, uncached: 128 }, full: { cached: 4000, uncached: 2000 } },
]

/** @typedef {import('osscrypt/oss').PutOptions} PutOptions */

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const { cloud, close } = await startCloud()
  try {
    const limits = { latencyMs: LATENCY_MS, requestsPerSecond: REQUESTS_PER_SECOND }
    const kms = await startSlowKms({ endpoint: cloud.kmsEndpoint, ...limits })
    try {
      await measure(bench, cloud, kms)
    } finally {
      await kms.close()
    }
  } finally {
    await close()
  }
}

/**
 * @param {import('../result.js').Bench} bench
 * @param {import('../local-cloud.mjs').Cloud} cloud
 * @param {Awaited<ReturnType<typeof startSlowKms>>} kms
 */
async function measure(bench, cloud, kms) {
  const store = createStore(cloud)
  const dataKeys = createDataKeys({ ...cloud, kmsEndpoint: kms.endpoint })
  const content = randomBytes(4096)
  const createClient = (/** @type {boolean} */ isCached) =>
    new OssEncryptionClient({
      store,
      // A cache begins empty each time: what it saves is told with the calls that fill it.
      dataKeys: isCached ? new CachingDataKeyProvider(dataKeys, { maxAgeMs: 60_000 }) : dataKeys,
    })

  /**
   * Objects per second, and requests to KMS per object: those that were refused, too.
   *
   * @param {{ concurrency: number; count: number; isCached: boolean; options: PutOptions }} puts
   */
  const putEncrypted = async ({ concurrency, count, isCached, options }) => {
    const client = createClient(isCached)
    const before = await kms.count()
    const rate = await putObjects(count, concurrency, (name) => client.put(name, content, options))
    const { served, refused } = await kms.count()
    return { rate, callsPerObject: (served + refused - before.served - before.refused) / count }
  }

  for (const isCached of [false, true]) {
    for (const format of /** @type {const} */ (['floe', 'gcm'])) {
      const client = createClient(isCached)
      await client.put('checked', content, { format })
      deepStrictEqual((await client.get('checked')).content, content)
    }
  }

  const recordCalls = (/** @type {string} */ puts, /** @type {number[]} */ ours) =>
    bench.record({
      name: `Calls of KMS for ${puts}`,
      unit: 'calls/object',
      better: 'lower',
      ours,
      baseline: ours.map(() => 1),
      baselineName: 'one for each object',
    })

  for (const { concurrency, quick, full } of loads) {
    const counts = bench.quick ? quick : full
    for (const isCached of [false, true]) {
      const count = isCached ? counts.cached : counts.uncached
      const puts = `${count} puts of 4 KiB, ${concurrency} at a time, floe, ${isCached ? 'cache' : 'no cache'}`
      /** @type {number[]} */
      const calls = []
      const possible = Math.min(REQUESTS_PER_SECOND, (concurrency * 1000) / LATENCY_MS)
      await bench.compete({
        name: `${puts}, ${KMS}`,
        unit: 'objects/s',
        ours: async () => {
          const { rate, callsPerObject } = await putEncrypted({
            concurrency,
            count,
            isCached,
            options: { format: 'floe' },
          })
          calls.push(callsPerObject)
          return rate
        },
        peers: [
          {
            name: 'plain ali-oss without KMS',
            measure: () => putObjects(count, concurrency, (name) => store.put(name, content)),
          },
          ...(isCached ? [] : [{ name: 'what this KMS can answer', measure: () => possible }]),
        ],
      })
      // The first was to warm up.
      recordCalls(puts, calls.slice(1))
    }
  }

  // The other format, with a cache: a bound gcm object has its name in the context that KMS sees, so that no two share a data key.
  const gcm = { concurrency: 8, count: 64, isCached: true }
  for (const bindToObject of [true, false]) {
    const { callsPerObject } = await putEncrypted({ ...gcm, options: { format: 'gcm', bindToObject } })
    const what = bindToObject ? 'gcm, cache' : 'gcm with bindToObject false, cache'
    recordCalls(`${gcm.count} puts of 4 KiB, ${gcm.concurrency} at a time, ${what}`, [callsPerObject])
  }
}

/**
 * So many puts, some of them at a time; gives puts per second.
 *
 * @param {number} count
 * @param {number} concurrency
 * @param {(name: string) => Promise<unknown>} put
 */
async function putObjects(count, concurrency, put) {
  let next = 0
  const putOneByOne = async () => {
    while (next < count) {
      next += 1
      await put(`object-${next}`)
    }
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: concurrency }, putOneByOne))
  return (count * 1000) / (performance.now() - startMs)
}
