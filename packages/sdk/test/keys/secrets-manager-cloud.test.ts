import {
  EncryptionSdk,
  KmsDataKeyProvider,
  SecretsManagerDataKeyProvider,
  type SecretsManagerDataKeyProviderOptions,
} from 'osscrypt'
import { beforeEach, expect, test } from 'vitest'
import { kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

// Secrets Manager as the local cloud has it.

const fixture = useCloud()
let secretName = ''
let made = 0
beforeEach(() => void (secretName = `osscrypt/${(made += 1)}`))

function setUp(options: Partial<SecretsManagerDataKeyProviderOptions> = {}): EncryptionSdk {
  const kms = kmsOptions(fixture.cloud)
  const dataKeys = new KmsDataKeyProvider(fixture.cmkArn, kms)
  return new EncryptionSdk({
    dataKeys: new SecretsManagerDataKeyProvider(secretName, dataKeys, {
      region: fixture.cloud.region,
      ...kms,
      ...options,
    }),
  })
}

const opens = async (sdk: EncryptionSdk, message: Uint8Array) =>
  Buffer.from((await sdk.decrypt(message)).plaintext).toString()

test('made on first use, and used from then on', async () => {
  const { message } = await setUp().encrypt(Buffer.from('one'), { encryptionContext: { a: '1' } })
  expect(fixture.operations()).toEqual(['kms GetSecretValue', 'kms GenerateDataKey', 'kms CreateSecret'])
  const reader = setUp()
  expect(await opens(reader, message)).toBe('one')
  expect(
    await opens(reader, (await setUp().encrypt(Buffer.from('two'), { encryptionContext: { a: '1' } })).message),
  ).toBe('two')
})

test('under a CMK of one’s own', async () => {
  await setUp({ encryptionKeyId: fixture.cmkArn }).encrypt(Buffer.from('one'))
  const { EncryptionKeyId } = await fixture.cloud.kms.call('DescribeSecret', { SecretName: secretName })
  expect(fixture.cmkArn).toContain(String(EncryptionKeyId))
})

test('many writers at the same time: every one reads every message', async () => {
  const writers = Array.from({ length: 8 }, () => setUp())
  const messages = await Promise.all(
    writers.map(async (sdk, index) => (await sdk.encrypt(Buffer.from(`m${index}`))).message),
  )
  const read = await Promise.all(messages.map((message, index) => opens(writers[7 - index]!, message)))
  expect(read).toEqual(messages.map((_, index) => `m${index}`))
})

test.each(['drop-answer', 'html', 'throttle'] as const)('CreateSecret suffers %s', async (kind) => {
  fixture.cloud.faults.add({ service: 'kms', operation: 'CreateSecret', effect: { kind } })
  const { message } = await setUp().encrypt(Buffer.from('one'))
  expect(await opens(setUp(), message)).toBe('one')
})

test('a secret of another type, or about to be deleted', async () => {
  const place = { SecretName: secretName, VersionId: 'v1', RegionId: fixture.cloud.region }
  await fixture.cloud.kms.call('CreateSecret', { ...place, SecretData: 'YQ==', SecretDataType: 'binary' })
  expect(await rejection(setUp().encrypt(Buffer.from('one')))).toMatchObject({
    name: 'ServiceError',
    code: 'BadAnswer',
  })
  expect(await rejection(setUp().decrypt(Buffer.alloc(40)))).toMatchObject({ name: 'ServiceError', code: 'BadAnswer' })
  await fixture.cloud.kms.call('DeleteSecret', {
    SecretName: secretName,
    RegionId: fixture.cloud.region,
    RecoveryWindowInDays: '7',
  })
  // It is there, and not: a new one of its name cannot be made.
  expect((await rejection(setUp().encrypt(Buffer.from('one')))).name).toBe('ServiceError')
})

test('no permission is told as such', async () => {
  const denied = setUp({ credentials: { accessKeyId: 'nobody', accessKeySecret: 'canary' } })
  const error = await rejection(denied.encrypt(Buffer.from('one')))
  expect(error).toMatchObject({ name: 'ServiceError', code: 'AccessDenied' })
  expect(error.message).not.toContain('canary')
})
