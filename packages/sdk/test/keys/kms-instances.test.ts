import { EncryptionSdk, KmsDataKeyProvider, noRetry, type KmsDataKeyProviderOptions } from 'osscrypt'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MemoryKms } from '../kms/memory-kms.js'
import { rejection } from '../support/rejection.js'

describe('with a KMS in memory', () => {
  const [A, B, C] = ['a', 'b', 'c'].map((id) => `acs:kms:cn-hangzhou:1234567890123456:key/${id}`) as [
    string,
    string,
    string,
  ]
  const instance = { id: 'kst-1' }
  const places = (kms: MemoryKms) =>
    kms.requests.map(({ operation, keyArn, instance: at }) => [operation, keyArn, at?.id])
  const use = (cmks: string[], options: KmsDataKeyProviderOptions, kms = new MemoryKms()) => ({
    kms,
    sdk: new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmks, { kms, retry: noRetry, ...options }) }),
  })

  test('a CMK of an instance is used there, and by Encrypt', async () => {
    const { sdk, kms } = use([A, B, C], { instances: { [B]: instance } })
    const { message } = await sdk.encrypt(Buffer.from('x'))
    expect(places(kms)).toEqual([
      ['generateDataKey', A, undefined],
      ['encrypt', B, 'kst-1'],
      ['reEncrypt', C, undefined],
    ])
    kms.requests.length = 0
    await use([B], { instances: { [B]: instance } }, kms).sdk.decrypt(message)
    expect(places(kms)).toEqual([['decrypt', B, 'kst-1']])
  })

  test('what an instance made is not re-encrypted outside it', async () => {
    const { sdk, kms } = use([A, B], { instances: { [A]: instance } })
    await sdk.encrypt(Buffer.from('x'))
    expect(places(kms)).toEqual([
      ['generateDataKey', A, 'kst-1'],
      ['encrypt', B, undefined],
    ])
  })

  test('`describe` asks KMS once for each CMK', async () => {
    const kms = new MemoryKms()
    kms.instances.set(B, 'kst-1')
    const { sdk } = use([A, B], { instances: 'describe', ca: 'pem' }, kms)
    await sdk.encrypt(Buffer.from('x'))
    expect(places(kms)).toEqual([
      ['describeKey', A, undefined],
      ['generateDataKey', A, undefined],
      ['describeKey', B, undefined],
      ['encrypt', B, 'kst-1'],
    ])
    kms.requests.length = 0
    await sdk.encrypt(Buffer.from('x'))
    expect(kms.operations).toEqual(['generateDataKey', 'encrypt'])
  })

  test.each([{}, { ca: undefined }])(
    'without an authority (%j) its CMKs are used through the shared gateway, by Encrypt',
    async (options) => {
      const kms = new MemoryKms()
      kms.instances.set(B, 'kst-1')
      await use([A, B], { instances: 'describe', ...options }, kms).sdk.encrypt(Buffer.from('x'))
      expect(places(kms).at(-1)).toEqual(['encrypt', B, undefined])
    },
  )

  test('names that every object has are no instances', async () => {
    const { sdk, kms } = use([A], { instances: Object.create({ [A]: instance }) as Record<string, typeof instance> })
    await sdk.encrypt(Buffer.from('x'))
    expect(places(kms)).toEqual([['generateDataKey', A, undefined]])
  })

  test('a client that cannot describe keys is the caller’s mistake', async () => {
    const { generateDataKey, encrypt, decrypt, reEncrypt } = new MemoryKms()
    const dataKeys = new KmsDataKeyProvider(A, {
      kms: { generateDataKey, encrypt, decrypt, reEncrypt },
      instances: 'describe',
    })
    expect(await rejection(new EncryptionSdk({ dataKeys }).encrypt(Buffer.from('x')))).toBeInstanceOf(TypeError)
  })
})

describe('with the local cloud’s instance, over HTTPS', () => {
  let cloud: LocalCloud
  let shared: string
  let dedicated: string
  beforeAll(async () => {
    cloud = await startLocalCloud({ instance: true })
    shared = await cloud.createKey()
    dedicated = await cloud.createKey({ instanceId: cloud.instance!.id })
  })
  beforeEach(() => cloud.clearRequests())
  afterAll(() => cloud.close())

  const use = (cmks: string[], options: KmsDataKeyProviderOptions = {}) =>
    new EncryptionSdk({
      dataKeys: new KmsDataKeyProvider(cmks, {
        endpoint: cloud.kms.endpoint,
        credentials: cloud.credentials,
        retry: noRetry,
        ...options,
      }),
    })
  const named = () => ({ instances: { [dedicated]: cloud.instance! } })
  const operations = () => cloud.requests.map(({ operation }) => operation)

  test('both CMKs wrap, and each opens', async () => {
    const { message } = await use([shared, dedicated], named()).encrypt(Buffer.from('x'), {
      encryptionContext: { a: '1' },
    })
    expect(operations()).toEqual(['GenerateDataKey', 'Encrypt'])
    expect((await use([shared]).decrypt(message)).plaintext).toHaveLength(1)
    expect((await use([dedicated], named()).decrypt(message)).plaintext).toHaveLength(1)
  })

  test('the instance’s CMK first', async () => {
    const { message } = await use([dedicated, shared], named()).encrypt(Buffer.from('x'))
    expect(operations()).toEqual(['GenerateDataKey', 'Encrypt'])
    for (const cmk of [shared, dedicated])
      expect((await use([cmk], named()).decrypt(message)).plaintext).toHaveLength(1)
  })

  test('without its authority the instance is not spoken to', async () => {
    const { id, endpoint } = cloud.instance!
    const untrusted = use([dedicated], { instances: { [dedicated]: { id, endpoint } } })
    expect(await rejection(untrusted.encrypt(Buffer.from('x')))).toMatchObject({ code: 'Unreachable' })
    expect(operations()).toEqual([])
  })

  test('`describe` without an authority goes through the shared gateway', async () => {
    const { message } = await use([shared, dedicated], { instances: 'describe' }).encrypt(Buffer.from('x'))
    expect(operations()).toEqual(['DescribeKey', 'GenerateDataKey', 'DescribeKey', 'Encrypt'])
    expect((await use([dedicated], { instances: 'describe' }).decrypt(message)).plaintext).toHaveLength(1)
  })
})
