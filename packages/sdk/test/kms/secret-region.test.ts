import { randomUUID } from 'node:crypto'
import { KmsDataKeyProvider, OpenApiKmsClient, SecretsManagerDataKeyProvider } from 'osscrypt'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { endProxiesAfterEach, startRecordingProxy } from '../support/recording-proxy.js'

// Behind an endpoint of one's own the host does not say which region's secret is meant.

let cloud: LocalCloud
beforeAll(async () => {
  cloud = await startLocalCloud({ region: 'cn-hangzhou' })
})
afterAll(() => cloud.close())
endProxiesAfterEach()

describe('a secret', () => {
  test('is kept and found in the region that is asked for', async () => {
    const client = new OpenApiKmsClient(cloud.kmsOptions())
    const [here, there] = [{ region: 'cn-hangzhou' }, { region: 'cn-beijing' }]
    const secretName = `region-${randomUUID()}`
    const versionId = 'v1'
    expect(await client.createSecret({ ...there, secretName, versionId, secretData: 'there' })).toBe(true)
    expect(await client.getSecretValue({ ...here, secretName })).toBeNull()
    expect(await client.createSecret({ ...here, secretName, versionId, secretData: 'here' })).toBe(true)
    expect(await client.getSecretValue({ ...there, secretName })).toBe('there')
    expect(await client.getSecretValue({ ...here, secretName })).toBe('here')
    const kept = await cloud.kms.call('GetSecretValue', { SecretName: secretName, RegionId: 'cn-beijing' })
    expect(kept.SecretData).toBe('there')
  })

  test('of the data key provider is in the region of the provider', async () => {
    const proxy = await startRecordingProxy(cloud.kms.endpoint)
    const options = { endpoint: proxy.endpoint, credentials: cloud.credentials }
    const dataKeys = new KmsDataKeyProvider(await cloud.createKey({ region: 'cn-beijing' }), options)
    const secretName = `provider-${randomUUID()}`
    const provider = new SecretsManagerDataKeyProvider(secretName, dataKeys, { ...options, region: 'cn-beijing' })
    await provider.obtainEnvelope({ algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: {} })
    const kept = await cloud.kms.call('DescribeSecret', { SecretName: secretName, RegionId: 'cn-beijing' })
    expect(kept.Arn).toBe(`acs:kms:cn-beijing:${cloud.accountId}:secret/${secretName}`)
    const ofSecrets = proxy.requests.filter(({ url }) => url.includes('SecretName'))
    expect(ofSecrets.length).toBeGreaterThanOrEqual(2)
    for (const { url } of ofSecrets) expect(url).toContain('RegionId=cn-beijing')
  })
})
