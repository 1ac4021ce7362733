import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { type KmsAnswer, callKms, failureOf } from './call-kms.js'
import { targetOf } from './target.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())
const call = (action: string, parameters: object = {}): Promise<KmsAnswer> =>
  callKms(targetOf(cloud), action, parameters)
const key = await cloud.createKey()

/** Code and status that a dry run ends with. */
async function endOf(action: string, parameters: object): Promise<[code: string, status: number]> {
  const error = await failureOf(call(action, { ...parameters, DryRun: 'true' }))
  const { code, data } = error as { code: string; data: { statusCode: number } }
  return [code, data.statusCode]
}

const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: key })
const signingKey = await cloud.createKey({ keySpec: 'EC_P256' })
const { KeyVersions } = await call('ListKeyVersions', { KeyId: signingKey })
const signing = { KeyId: signingKey, KeyVersionId: KeyVersions.KeyVersion[0]?.KeyVersionId ?? '' }
await call('CreateSecret', { SecretName: 'dry', VersionId: 'v1', SecretData: 'value' })

describe('a dry run', () => {
  test.each([
    ['GenerateDataKey', { KeyId: key }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId: key }],
    ['Encrypt', { KeyId: key, Plaintext: 'YQ==' }],
    ['Decrypt', { CiphertextBlob }],
    ['ReEncrypt', { CiphertextBlob, DestinationKeyId: key }],
    ['AsymmetricSign', { ...signing, Algorithm: 'ECDSA_SHA_256', Digest: randomBytes(32).toString('base64') }],
    ['GetPublicKey', signing],
    ['GetSecretValue', { SecretName: 'dry' }],
  ])('of %s ends in an error that says that it would be done, and gives nothing', async (action, parameters) => {
    expect(await endOf(action, parameters)).toEqual(['DryRunOperationError', 400])
    // It is the request that would be done.
    await call(action, { ...parameters, DryRun: 'false' })
    await expect(cloud.kms.call(action, { ...parameters, DryRun: 'true' })).rejects.toMatchObject({
      code: 'DryRunOperationError',
    })
  })

  test.each([
    ['GenerateDataKey', {}],
    ['GenerateDataKey', { KeyId: key, NumberOfBytes: 0 }],
    ['Decrypt', { CiphertextBlob, EncryptionContext: '{"a":"1"}' }],
    ['Decrypt', { CiphertextBlob: 'YQ==' }],
  ])('of %s %j says that a parameter is wrong', async (action, parameters) => {
    expect(await endOf(action, parameters)).toEqual(['ValidationError', 400])
  })

  test('says that the key may not be used, and in what state it is', async () => {
    const other = await cloud.createKey()
    cloud.denyKey(other)
    expect(await endOf('GenerateDataKey', { KeyId: other })).toEqual(['AccessDeniedError', 403])
    cloud.permitKey(other)
    await call('DisableKey', { KeyId: other })
    expect(await endOf('GenerateDataKey', { KeyId: other })).toEqual(['Rejected.Disabled', 409])
    expect(await endOf('GenerateDataKey', { KeyId: 'none' })).toEqual(['Forbidden.KeyNotFound', 404])
  })

  test('says that the operation may not be called', async () => {
    const accessKey = { accessKeyId: 'reader', accessKeySecret: 's', kmsOperations: ['ListKeys'] }
    await using other = await startLocalCloud({ accessKeys: [accessKey] })
    await expect(callKms(targetOf(other), 'GenerateDataKey', { KeyId: key, DryRun: 'true' })).rejects.toMatchObject({
      code: 'AccessDeniedError',
    })
  })

  test('has to be signed like any request', async () => {
    const credentials = { ...cloud.credentials, accessKeySecret: 'wrong' }
    const sent = callKms({ ...targetOf(cloud), credentials }, 'GenerateDataKey', { KeyId: key, DryRun: 'true' })
    await expect(sent).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })

  test('of an operation that has none is refused, and nothing is done', async () => {
    const parameters = { KeyId: key, PendingWindowInDays: 7, DryRun: 'true' }
    await expect(call('ScheduleKeyDeletion', parameters)).rejects.toMatchObject({ code: 'UnsupportedOperation' })
    expect((await call('DescribeKey', { KeyId: key })).KeyMetadata.KeyState).toBe('Enabled')
  })

  test('is true or false', async () => {
    await expect(call('GenerateDataKey', { KeyId: key, DryRun: 'maybe' })).rejects.toMatchObject({
      code: 'InvalidParameter',
    })
  })
})

test.each([
  ['GenerateDataKey', { KeyId: key }],
  ['Decrypt', { CiphertextBlob }],
  ['GetSecretValue', { SecretName: 'dry' }],
])('%s for an attested recipient is refused, not answered in the clear', async (action, parameters) => {
  const error = await failureOf(call(action, { ...parameters, Recipient: '{"AttestationDocument":"YQ=="}' }))
  expect(error).toMatchObject({ code: 'UnsupportedOperation' })
  expect(JSON.stringify(error)).not.toContain('Plaintext')
})
