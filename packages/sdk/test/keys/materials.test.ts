import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import {
  CachingDataKeyProvider,
  EncryptionSdk,
  KeyError,
  type DataKeyProvider,
  type EncryptedDataKey,
  type StoredEnvelopeProvider,
} from 'osscrypt'
import { OssEncryptionClient, type ObjectStore } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { createEnvelope } from '../../src/keys/envelope.js'
import { rewrapEnvelope } from '../../src/keys/rewrap-envelope.js'
import { rejection } from '../support/rejection.js'
import { MemoryDataKeyProvider } from '../testing/memory-data-key-provider.js'

// A provider of the user's own that breaks its contract would make messages that nobody can read again, or that everybody can.

const ARN = 'acs:kms:cn-hangzhou:1234567890123456:key/mine'
const wrapped: EncryptedDataKey = { keyArn: ARN, ciphertextBlob: randomBytes(80) }
const text = Buffer.from('text')
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...wrapped, keyArn: `${ARN}-${index}` }))

/** What is no data key of 32 bytes. */
const noKeys: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['a key that is too short', randomBytes(16)],
  ['a key that is too long', randomBytes(33)],
  ['an empty key', new Uint8Array(0)],
  ['a number', 32],
  ['a text', 'x'.repeat(32)],
  ['a list', Array.from({ length: 32 }, () => 7)],
  ['words of 4 bytes', new Uint32Array(32)],
  ['an ArrayBuffer', new ArrayBuffer(32)],
  ['an object', { length: 32 }],
]

const noWrappedKeys: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['no wrapped key', []],
  ['a wrapped key instead of a list', wrapped],
  ['null in the list', [null]],
  ['two under one CMK', [wrapped, { ...wrapped, ciphertextBlob: randomBytes(80) }]],
  ['33 wrapped keys', many(33)],
  ['no ARN', [{ ciphertextBlob: wrapped.ciphertextBlob }]],
  ['an empty ARN', [{ ...wrapped, keyArn: '' }]],
  ['an ARN of 513 bytes', [{ ...wrapped, keyArn: 'x'.repeat(513) }]],
  ['an ARN of 171 letters of three bytes', [{ ...wrapped, keyArn: '密'.repeat(171) }]],
  ['an ARN that has no UTF-8', [{ ...wrapped, keyArn: '\uD800' }]],
  ['a blob of base64', [{ ...wrapped, ciphertextBlob: 'AAAA' }]],
  ['an empty blob', [{ ...wrapped, ciphertextBlob: new Uint8Array(0) }]],
  ['a blob of 12289 bytes', [{ ...wrapped, ciphertextBlob: new Uint8Array(12289) }]],
]

const giving = (given: { materials?: unknown; opened?: unknown }): DataKeyProvider => ({
  generateDataKey: () => Promise.resolve(given.materials as never),
  decryptDataKey: () => Promise.resolve(given.opened as never),
})

/** Nothing is stored in it: a message that got so far was made. */
const stored = () => Promise.reject(new Error('stored'))
const store: ObjectStore = { put: stored, get: stored, head: stored, delete: stored, copy: stored }

async function expectInvalid(work: Promise<unknown>): Promise<void> {
  const error = await rejection(work)
  expect(error).toBeInstanceOf(KeyError)
  expect(error).toMatchObject({ code: 'InvalidDataKey' })
  expect(error.message).toMatch(/^the data key provider gave /)
}

const isZeroed = (key: unknown) => !(key instanceof Uint8Array) || key.every((byte) => byte === 0)
const copyOf = (key: unknown): unknown => (key instanceof Uint8Array ? Uint8Array.from(key) : key)

/** Everything that asks a provider for a new data key. */
const writers: readonly (readonly [string, (dataKeys: DataKeyProvider) => Promise<unknown>])[] = [
  ['encrypt', (dataKeys) => new EncryptionSdk({ dataKeys }).encrypt(text)],
  ['encryptStream', (dataKeys) => buffer(new EncryptionSdk({ dataKeys }).encryptStream().end(text))],
  [
    'a cache',
    (dataKeys) =>
      new EncryptionSdk({ dataKeys: new CachingDataKeyProvider(dataKeys, { maxAgeMs: 1000 }) }).encrypt(text),
  ],
  ['put', (dataKeys) => new OssEncryptionClient({ store, dataKeys }).put('name', text)],
  ['put of floe', (dataKeys) => new OssEncryptionClient({ store, dataKeys }).put('name', text, { format: 'floe' })],
]

describe.each(writers)('%s', (_writer, write) => {
  test.each(noKeys)('refuses %s as a new data key', async (_title, key) => {
    const dataKey = copyOf(key)
    await expectInvalid(write(giving({ materials: { dataKey, encryptedDataKeys: [wrapped] } })))
    expect(isZeroed(dataKey)).toBe(true)
  })

  test.each(noWrappedKeys)('refuses %s as wrapped keys, and zeroes the data key', async (_title, encryptedDataKeys) => {
    const dataKey = randomBytes(32)
    await expectInvalid(write(giving({ materials: { dataKey, encryptedDataKeys } })))
    expect(isZeroed(dataKey)).toBe(true)
  })

  test.each([undefined, null, 'materials', 7, [], randomBytes(32)])('refuses %o as materials', async (materials) => {
    await expectInvalid(write(giving({ materials })))
  })

  test('takes 32 wrapped keys, ARNs of 512 bytes and blobs of 12288', async () => {
    const encryptedDataKeys = [...many(31), { keyArn: 'x'.repeat(512), ciphertextBlob: new Uint8Array(12288) }]
    const error: unknown = await write(giving({ materials: { dataKey: randomBytes(32), encryptedDataKeys } })).catch(
      (thrown: unknown) => thrown,
    )
    // OSS takes no more than 8 KB of them.
    if (error instanceof Error) expect(error).toMatchObject({ code: 'LimitExceeded' })
  })
})

describe('what a provider opens', () => {
  const inner = new MemoryDataKeyProvider([ARN])

  test.each(noKeys)('%s is refused', async (_title, key) => {
    const { message } = await new EncryptionSdk({ dataKeys: inner }).encrypt(text)
    const stream = await buffer(new EncryptionSdk({ dataKeys: inner }).encryptStream().end(text))
    const dataKeys = () => giving({ opened: copyOf(key) })
    for (const provider of [dataKeys, () => new CachingDataKeyProvider(dataKeys(), { maxAgeMs: 1000 })]) {
      await expectInvalid(new EncryptionSdk({ dataKeys: provider() }).decrypt(message))
      await expectInvalid(buffer(new EncryptionSdk({ dataKeys: provider() }).decryptStream().end(stream)))
    }
  })

  const misnamed: readonly (readonly [string, (own: EncryptedDataKey) => unknown])[] = [
    ['nothing', () => undefined],
    ['null', () => null],
    ['a text', () => 'the first'],
    ["another's", () => wrapped],
    ['an ARN without a blob', ({ keyArn }) => ({ keyArn })],
    ['an ARN of another', (own) => ({ ...own, keyArn: `${ARN}-other` })],
    ['a blob of base64', (own) => ({ ...own, ciphertextBlob: 'AAAA' })],
  ]

  test.each(misnamed)('with %s as the wrapped key is refused and zeroed', async (_title, name) => {
    const { message } = await new EncryptionSdk({ dataKeys: inner }).encrypt(text)
    const opened: Uint8Array[] = []
    const dataKeys = (): DataKeyProvider => ({
      ...giving({}),
      unwrapDataKey: async ({ encryptedDataKeys: [own] }) => {
        opened.push(randomBytes(32))
        return { dataKey: opened.at(-1), encryptedDataKey: name(own!) } as never
      },
    })
    for (const provider of [dataKeys, () => new CachingDataKeyProvider(dataKeys(), { maxAgeMs: 1000 })])
      await expectInvalid(new EncryptionSdk({ dataKeys: provider() }).decrypt(message))
    expect(opened.length).toBe(2)
    expect(opened.every(isZeroed)).toBe(true)
  })

  test.each([undefined, 7, 'key', {}])('%o instead of a key and its wrapped key is refused', async (given) => {
    const { message } = await new EncryptionSdk({ dataKeys: inner }).encrypt(text)
    const dataKeys: DataKeyProvider = { ...giving({}), unwrapDataKey: () => Promise.resolve(given as never) }
    await expectInvalid(new EncryptionSdk({ dataKeys }).decrypt(message))
  })

  test('null means that it is not his', async () => {
    const { message } = await new EncryptionSdk({ dataKeys: inner }).encrypt(text)
    expect(await rejection(new EncryptionSdk({ dataKeys: giving({ opened: null }) }).decrypt(message))).toMatchObject({
      code: 'NoMatchingKey',
    })
  })
})

describe('what keeps a header elsewhere', () => {
  const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: {} }
  const sdk = (envelope: unknown) => {
    const dataKeys: StoredEnvelopeProvider = {
      obtainEnvelope: () => Promise.resolve(envelope as never),
      loadEnvelope: () => Promise.resolve(envelope as never),
    }
    return new EncryptionSdk({ dataKeys })
  }
  const uses = (envelope: unknown) => [
    sdk(envelope).encrypt(text),
    buffer(sdk(envelope).encryptStream().end(text)),
    sdk(envelope).decrypt(randomBytes(60)),
    buffer(sdk(envelope).decryptStream().end(randomBytes(60))),
  ]

  test.each([undefined, null, 7, {}, { dataKey: randomBytes(32) }])('%o is refused', async (envelope) => {
    for (const use of uses(envelope)) await expectInvalid(use)
  })

  test.each(noKeys)('%s is refused as data key', async (_title, key) => {
    const { header } = await createEnvelope(new MemoryDataKeyProvider([ARN]), request)
    for (const use of uses({ header, dataKey: copyOf(key) })) await expectInvalid(use)
  })

  test.each([
    ['an algorithm that is none', { algorithm: { ...request.algorithm } }],
    ['FLOE', { algorithm: algorithmByName('FLOE') }],
    ['no algorithm', { algorithm: undefined }],
    ['no context', { encryptionContext: undefined }],
    ['a context of numbers', { encryptionContext: { a: 1 } }],
    ['no wrapped keys', { encryptedDataKeys: [] }],
  ])('a header with %s is refused, and the key zeroed', async (_title, change) => {
    const { header, dataKey } = await createEnvelope(new MemoryDataKeyProvider([ARN]), request)
    await expectInvalid(sdk({ header: { ...header, ...change }, dataKey }).encrypt(text))
    expect(isZeroed(dataKey)).toBe(true)
  })

  test('one of another algorithm or context is not written with', async () => {
    const { header, dataKey } = await createEnvelope(new MemoryDataKeyProvider([ARN]), request)
    const other = { ...header, encryptionContext: { a: '1' } }
    expect(await rejection(sdk({ header: other, dataKey }).encrypt(text))).toMatchObject({ code: 'ContextMismatch' })
    expect(isZeroed(dataKey)).toBe(true)
  })
})

describe('what wraps a data key anew', () => {
  const rewrap = async (floe: boolean, given: unknown) => {
    const provider = new MemoryDataKeyProvider([ARN])
    const algorithm = algorithmByName(floe ? 'FLOE' : 'AES_GCM_NOPADDING_256')
    const { header } = await createEnvelope(provider, { algorithm, encryptionContext: {} })
    const to = {
      wrapDataKey: () => Promise.resolve(given as never),
      rewrapDataKey: () => Promise.resolve(given as never),
    }
    return rewrapEnvelope(provider, to, header, {
      insideKms: floe,
      readPreface: () => Promise.resolve(new Uint8Array(74)),
    })
  }

  test.each(noWrappedKeys)('%s is refused', async (_title, given) => {
    await expectInvalid(rewrap(false, given))
    await expectInvalid(rewrap(true, given))
  })
})
