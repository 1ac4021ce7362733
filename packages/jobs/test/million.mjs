// Plans a job over made-up objects, and runs it: all of them are archived, so that each is journalled and reported, and OSS is asked for none: node million.mjs <objects> <folder>
import OSS from 'ali-oss'
import { RawAesDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { planJob, runJob } from 'osscrypt-jobs'
import { randomBytes } from 'node:crypto'
import { peakMemoryMib } from '../../../tools/peak-memory.mjs'

const [, , objects, folder] = process.argv
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
const task = { operation: /** @type {const} */ ('verify') }
const plan = await planJob({ bucket: 'none', task }, { bucket })
const { totals } = await runJob({ bucket: 'none', task }, { client, bucket, folder: folder ?? '', jobs: 64 })
console.log(
  JSON.stringify({
    planned: plan.objects,
    skipped: totals.skipped.objects,
    peakMib: peakMemoryMib(),
  }),
)
