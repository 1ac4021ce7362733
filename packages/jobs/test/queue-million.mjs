// Queues a job over made-up objects and works on it in the same process: all of them are archived, so that OSS is asked for none: node queue-million.mjs <objects> <url of a Redis>
import OSS from 'ali-oss'
import { RawAesDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { openQueue, readStatus, runWorker, startJob } from 'osscrypt-jobs/queue'
import { randomBytes } from 'node:crypto'
import { peakMemoryMib } from '../../../tools/peak-memory.mjs'

const [, , objects, url = ''] = process.argv
const count = Number(objects)
const oss = new OSS({ bucket: 'none', region: 'oss-cn-hangzhou', accessKeyId: 'none', accessKeySecret: 'none' })

/** Pages of 1000 names, as OSS would list them. */
const bucket = Object.assign(oss, {
  listV2: async (/** @type {Record<string, string>} */ query) => {
    const from = Number(query['continuation-token'] ?? 0)
    const to = Math.min(from + 1000, count)
    const page = Array.from({ length: to - from }, (_, index) => ({
      name: `some/folder/of/a/bucket/object-${String(from + index).padStart(9, '0')}`,
      size: 1000,
      lastModified: '2026-01-01T00:00:00.000Z',
      storageClass: 'Archive',
    }))
    return { objects: page, isTruncated: to < count, nextContinuationToken: String(to) }
  },
})
const dataKeys = new RawAesDataKeyProvider({ name: 'key', key: randomBytes(32) })
const client = new OssEncryptionClient({ store: bucket, dataKeys })
const queue = await openQueue({ url })
const startMs = performance.now()
const listing = startJob(queue, { bucket: 'none', task: { operation: 'verify' } }, { bucket })
const working = runWorker({ url }, { workplaceOf: () => ({ client, bucket }), jobs: 64, untilDone: true })
const id = await listing
await working
const { state, totals } = await readStatus(queue, id)
const resultBytes = await queue.client.call('MEMORY', 'USAGE', queue.keys.results(id), 'SAMPLES', '0')
const redisMemory = /used_memory_peak:(\d+)/.exec(await queue.client.info('memory'))?.[1]
await queue.close()
console.log(
  JSON.stringify({
    state,
    skipped: totals.skipped.objects,
    peakMib: peakMemoryMib(),
    seconds: (performance.now() - startMs) / 1000,
    redisBytesAnObject: Number(resultBytes) / count,
    redisPeakMb: Number(redisMemory) / 1024 / 1024,
  }),
)
