import { KmsDataKeyProvider } from 'osscrypt'
import { startLocalCloud, type AccessKey, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'

// Temporary credentials that really end, at a KMS that really checks them.

let cloud: LocalCloud
let cmk: string
beforeAll(async () => {
  cloud = await startLocalCloud()
  cmk = await cloud.createKey()
})
afterAll(() => cloud.close())

const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: { a: '1' } }

const endOf = async ({ expiresMs = 0 }: AccessKey): Promise<void> => {
  while (Date.now() <= expiresMs) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('credentials that end', () => {
  test('are asked for anew where whoever keeps them was late', async () => {
    const old = cloud.makeTemporaryKey(1500)
    const kept = [old, old, cloud.makeTemporaryKey(60_000)]
    const given: string[] = []
    const credentials = (): AccessKey => {
      const key = kept.length > 1 ? kept.shift() : kept[0]
      given.push(key?.accessKeyId ?? '')
      return key ?? old
    }
    const provider = new KmsDataKeyProvider(cmk, { endpoint: cloud.kms.endpoint, credentials })
    const { dataKey } = await provider.generateDataKey(request)
    expect(dataKey).toHaveLength(32)
    await endOf(old)
    expect((await provider.generateDataKey(request)).dataKey).toHaveLength(32)
    expect(given.slice(0, 2)).toEqual([old.accessKeyId, old.accessKeyId])
    expect(given.at(-1)).toBe(kept[0]?.accessKeyId)
  })

  test('and that cannot be had anew fail as what they are, at once', async () => {
    const key = cloud.makeTemporaryKey(0)
    await endOf(key)
    cloud.clearRequests()
    const provider = new KmsDataKeyProvider(cmk, cloud.kmsOptions(key))
    await expect(provider.generateDataKey(request)).rejects.toMatchObject({
      code: 'CredentialsExpired',
      serviceCode: 'InvalidSecurityToken.Expired',
      retryable: false,
    })
    expect(cloud.requests).toHaveLength(1)
  })
})
