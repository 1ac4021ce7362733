import { afterAll, beforeEach, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { callKms, type KmsTarget } from './call-kms.js'
import { targetOf } from './target.js'

const start = Math.floor(Date.now() / 1000) * 1000
let now = start
const cloud = await startLocalCloud({ kmsQuotas: true, instance: true, now: () => now })
afterAll(() => cloud.close())
const key = await cloud.createKey()
beforeEach(() => {
  now += 1000
})

/** How many of so many requests were answered well; the others were throttled. */
async function passed(count: number, target: KmsTarget, action: string, parameters: object = {}): Promise<number> {
  let well = 0
  for (let n = 0; n < count; n += 1) {
    const error: unknown = await callKms(target, action, parameters).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error === undefined) well += 1
    else expect(error).toMatchObject({ code: 'Rejected.Throttling', data: { statusCode: 429 } })
  }
  return well
}

test('what is more than a quota is throttled, until the next second', async () => {
  expect(await passed(12, targetOf(cloud), 'CreateKey')).toBe(10)
  now += 999
  expect(await passed(1, targetOf(cloud), 'CreateKey')).toBe(0)
  now += 1
  expect(await passed(11, targetOf(cloud), 'CreateKey')).toBe(10)
})

test('every region has its own, and operations but those on data too', async () => {
  expect(await passed(51, targetOf(cloud), 'ListKeys')).toBe(50)
  expect(await passed(1, targetOf(cloud), 'ListKeys', { RegionId: 'cn-beijing' })).toBe(1)
  expect(await passed(1, targetOf(cloud), 'DescribeKey', { KeyId: key })).toBe(1)
})

test('operations on data share one', async () => {
  const made = await callKms(targetOf(cloud), 'GenerateDataKey', { KeyId: key })
  const { CiphertextBlob } = made
  const all = await Promise.all([
    passed(500, targetOf(cloud), 'GenerateDataKey', { KeyId: key }),
    passed(500, targetOf(cloud), 'Decrypt', { CiphertextBlob }),
  ])
  expect(1 + all[0] + all[1]).toBe(1000)
}, 30_000)

test('the gateway of an instance and the test itself have none', async () => {
  const { id = '', endpoint = '', ca = '' } = cloud.instance ?? {}
  const credentials = cloud.credentials
  const target = { endpoint: endpoint.replace('https://', ''), protocol: 'HTTPS', credentials, ca } as const
  const inside = await cloud.createKey({ instanceId: id, keySpec: 'RSA_2048' })
  const { KeyVersions } = await callKms(targetOf(cloud), 'ListKeyVersions', { KeyId: inside })
  const version = { KeyId: inside, KeyVersionId: KeyVersions.KeyVersion[0]?.KeyVersionId }
  expect(await passed(51, targetOf(cloud), 'GetPublicKey', version)).toBe(50)
  expect(await passed(5, target, 'GetPublicKey', version)).toBe(5)
  for (let n = 0; n < 12; n += 1) await cloud.createKey()
})

test('nothing is throttled when nobody asked for it', async () => {
  await using other = await startLocalCloud({ now: () => start })
  expect(await passed(12, targetOf(other), 'CreateKey')).toBe(12)
})
