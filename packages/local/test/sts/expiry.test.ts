import OSS from 'ali-oss'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type AccessKey, startLocalCloud } from '../../src/index.js'
import { callKms } from '../kms/call-kms.js'
import { targetOf } from '../kms/target.js'

const lifetimeMs = 60_000
const start = Date.now()
let now = start
beforeEach(() => {
  now = start
})

const temporary = {
  accessKeyId: 'STS.temporary',
  accessKeySecret: 'secret',
  securityToken: 'to/ken+of==',
  expiresMs: start + lifetimeMs,
}
const cloud = await startLocalCloud({
  accessKeys: [{ accessKeyId: 'lasting', accessKeySecret: 'secret' }, temporary],
  buckets: ['my-bucket'],
  now: () => now,
})
afterAll(() => cloud.close())

const list = (credentials: AccessKey, signature: 'v1' | 'v3' = 'v3'): Promise<unknown> =>
  callKms({ ...targetOf(cloud), credentials }, 'ListKeys', {}, { signature })

function bucketOf({ accessKeyId, accessKeySecret, securityToken }: AccessKey, authorizationV4 = false): OSS {
  // It signs no URLs for addresses that are numbers.
  const endpoint = cloud.oss.endpoint.replace('127.0.0.1', 'localhost')
  const key = { accessKeyId, accessKeySecret, ...(securityToken === undefined ? {} : { stsToken: securityToken }) }
  return new OSS({ ...cloud.ossOptions('my-bucket'), endpoint, ...key, authorizationV4, refreshSTSTokenInterval: 1e9 })
}

describe('a temporary access key', () => {
  test('is good up to its end, and not at it', async () => {
    now = start + lifetimeMs - 1
    await list(temporary)
    await bucketOf(temporary).put('a', Buffer.from('b'))
    now = start + lifetimeMs
    await expect(list(temporary)).rejects.toMatchObject({
      code: 'InvalidSecurityToken.Expired',
      data: { statusCode: 400 },
    })
    await expect(bucketOf(temporary).get('a')).rejects.toMatchObject({ code: 'SecurityTokenExpired', status: 403 })
    // The others go on.
    await list(cloud.credentials)
    expect((await bucketOf(cloud.credentials).get('a')).content).toEqual(Buffer.from('b'))
  })

  test('ends for every way of signing', async () => {
    now = start + lifetimeMs
    await expect(list(temporary, 'v1')).rejects.toMatchObject({ code: 'InvalidSecurityToken.Expired' })
    await expect(bucketOf(temporary, true).get('a')).rejects.toMatchObject({ code: 'SecurityTokenExpired' })
    const signed = await fetch(bucketOf(temporary).signatureUrl('a', { expires: 3600 }))
    expect(signed.status).toBe(403)
    expect(await signed.text()).toContain('<Code>SecurityTokenExpired</Code>')
  })

  test('is told from one whose token is wrong or missing, also after its end', async () => {
    const { securityToken: _, ...without } = temporary
    const wrong = { ...temporary, securityToken: 'other' }
    now = start + lifetimeMs
    await expect(list(without)).rejects.toMatchObject({ code: 'MissingSecurityToken' })
    await expect(list(wrong)).rejects.toMatchObject({ code: 'InvalidSecurityToken.MismatchWithAccessKey' })
    await expect(bucketOf(without).get('a')).rejects.toMatchObject({ code: 'InvalidAccessKeyId' })
    await expect(bucketOf(wrong).get('a')).rejects.toMatchObject({ code: 'InvalidSecurityToken' })
  })
})
