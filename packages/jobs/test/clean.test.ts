import { expect, test } from 'vitest'
import { cleanJobs, planJob, type Stray } from 'osscrypt-jobs'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

test('deletes what jobs have staged, and nothing that was kept because that was asked for', async () => {
  const strays = ['kept/u1/good', 'staged/u2/a/b', 'staged/u3/c'].map((name) => `.osscrypt-jobs/${name}`)
  for (const name of [...strays, 'good']) await fixture.client.put(name, data)
  const clean = async (dryRun: boolean) => {
    const found: Stray[] = []
    for await (const stray of cleanJobs({ client: fixture.client, bucket: fixture.oss, dryRun })) found.push(stray)
    return found
  }
  const found = strays.slice(1).map((name) => ({ name, length: data.length }))
  expect(await clean(true)).toEqual(found.map((stray) => ({ ...stray, deleted: false })))
  expect(await clean(false)).toEqual(found.map((stray) => ({ ...stray, deleted: true })))
  expect(await fixture.names()).toEqual([strays[0], 'good'])
})

test('says before what a job takes, by the listing alone', async () => {
  await fixture.oss.put('a', Buffer.alloc(1000))
  await fixture.oss.put('b', Buffer.alloc(500))
  await fixture.oss.put('c', data, { headers: { 'x-oss-storage-class': 'Archive' } })
  fixture.cloud.clearRequests()
  const spec = { bucket: fixture.bucket, task: { operation: 'verify' as const } }
  const prices = { currency: 'CNY', putPer10000: 1, getPer10000: 10, downPerGb: 1024 ** 3, kmsPer10000: 100 }
  const plan = await planJob(spec, { bucket: fixture.oss, rates: { kmsCalls: 0.5, bytes: 100 }, prices })
  expect(fixture.cloud.requests.map(({ operation }) => operation)).toEqual(['ListObjectsV2'])
  expect(plan).toEqual({
    objects: 3,
    bytes: 1508,
    archived: 1,
    cost: { putRequests: 1, getRequests: 6, bytesDown: 1500, bytesUp: 0, kmsCalls: 2 },
    seconds: 15,
    money: { currency: 'CNY', amount: expect.closeTo(1500 + 0.0001 + 0.006 + 0.02, 6) },
  })
})
