import { EncryptionSdk, KmsDataKeyProvider, noRetry, ServiceError, type KmsDataKeyProviderOptions } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { MemoryKms } from '../kms/memory-kms.js'
import { rejection } from '../support/rejection.js'

const arn = (id: string, region = 'cn-hangzhou'): string => `acs:kms:${region}:1234567890123456:key/${id}`
const [A, B, C, ABROAD] = [arn('a'), arn('b'), arn('c'), arn('abroad', 'us-east-1')]

function setUp(cmks: string | readonly string[], options: KmsDataKeyProviderOptions = {}, kms = new MemoryKms()) {
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmks, { kms, retry: noRetry, ...options }) })
  return { kms, sdk, reader: (given: string | readonly string[], own = {}) => setUp(given, own, kms).sdk }
}

const denied = (code: 'Throttled' | 'AccessDenied' | 'KeyDisabled' | 'WrongContext', retryable = false) =>
  new ServiceError(code, code, { service: 'kms', retryable })

describe('wrapping', () => {
  test('the first makes the data key, others of its region re-encrypt it, those of other regions encrypt it', async () => {
    const { sdk, kms } = setUp([A, B, ABROAD, C])
    const encryptionContext = { a: '1' }
    const { message, encryption } = await sdk.encrypt(Buffer.from('x'), { encryptionContext })
    expect(kms.requests.map(({ operation, keyArn, region }) => [operation, keyArn, region])).toEqual([
      ['generateDataKey', A, 'cn-hangzhou'],
      ['reEncrypt', B, 'cn-hangzhou'],
      ['encrypt', ABROAD, 'us-east-1'],
      ['reEncrypt', C, 'cn-hangzhou'],
    ])
    expect(kms.requests.every((request) => request.encryptionContext['a'] === '1')).toBe(true)
    expect(encryption.cmkArns).toEqual([A, B, ABROAD, C])
    for (const cmk of [A, B, ABROAD, C]) {
      kms.requests.length = 0
      expect((await setUp(cmk, {}, kms).sdk.decrypt(message)).encryption.cmkArns).toHaveLength(4)
      expect(kms.requests).toMatchObject([{ operation: 'decrypt', keyArn: cmk, region: cmk.split(':')[2] }])
    }
    expect(kms.zeroed).toBe(true)
  })

  test.each(['reEncrypt', 'encrypt'])(
    'when %s fails, nothing is made, and the data key is zeroed',
    async (operation) => {
      const { sdk, kms } = setUp([A, B, ABROAD])
      kms.before = (request) => {
        if (request.operation === operation) throw denied('AccessDenied')
      }
      expect(await rejection(sdk.encrypt(Buffer.from('x')))).toMatchObject({ code: 'AccessDenied' })
      expect(kms.handedOut).toHaveLength(1)
      expect(kms.zeroed).toBe(true)
    },
  )

  test.each([
    ['another key id', { keyId: 'other' }, 'KeyIdMismatch'],
    ['a key id that only begins alike', { keyId: 'aa' }, 'KeyIdMismatch'],
    ['a data key that is too short', { plaintext: Buffer.alloc(16, 1) }, 'BadAnswer'],
    ['a data key that is too long', { plaintext: Buffer.alloc(64, 1) }, 'BadAnswer'],
    ['no data key', { plaintext: Buffer.alloc(0) }, 'BadAnswer'],
  ])('KMS answers with %s', async (_title, change, code) => {
    const { sdk, kms } = setUp(A)
    kms.answer = (answer) => ({ ...answer, ...change })
    expect(await rejection(sdk.encrypt(Buffer.from('x')))).toMatchObject({ code })
    expect(kms.zeroed).toBe(true)
  })

  test('KMS may answer with the whole ARN', async () => {
    const { sdk, kms } = setUp([A, B])
    kms.answer = (answer, { keyArn }) => ({ ...answer, keyId: keyArn })
    const { message } = await sdk.encrypt(Buffer.from('x'))
    expect((await sdk.decrypt(message)).plaintext).toHaveLength(1)
  })

  test('the length of the data key is asked for as KMS names it', async () => {
    const kms = new MemoryKms()
    const lengths: unknown[] = []
    const { generateDataKey } = kms
    kms.generateDataKey = (request) =>
      generateDataKey({ ...request, length: (lengths.push(request.length), request.length) })
    const { sdk } = setUp(A, {}, kms)
    for (const algorithm of ['AES_GCM_NOPADDING_256', 'AES_GCM_NOPADDING_128', 'SM4_GCM_NOPADDING_128'] as const)
      await sdk.encrypt(Buffer.alloc(1), { algorithm })
    expect(lengths).toEqual([{ keySpec: 'AES_256' }, { keySpec: 'AES_128' }, { numberOfBytes: 16 }])
  })
})

describe('opening', () => {
  test('CMKs are asked in the order given, whatever the message’s, until one opens it', async () => {
    const { sdk, kms, reader } = setUp([A, B, C])
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.requests.length = 0
    kms.before = ({ keyArn }) => {
      if (keyArn === C) throw denied('KeyDisabled')
    }
    await reader([C, B, A]).decrypt(message)
    expect(kms.requests.map(({ keyArn }) => keyArn)).toEqual([C, B])
  })

  test('what each failed with is kept, in order, and told apart', async () => {
    const { sdk, kms } = setUp([A, B, C])
    const { message } = await sdk.encrypt(Buffer.from('x'))
    const errors: Record<string, Error> = {
      [A]: denied('Throttled', true),
      [B]: denied('AccessDenied'),
      [C]: denied('WrongContext'),
    }
    kms.before = ({ keyArn = '' }) => {
      throw errors[keyArn]!
    }
    const error = await rejection(sdk.decrypt(message))
    expect(error).toMatchObject({ name: 'KeyError', code: 'DataKeyUnavailable', cause: errors[A] })
    expect(error['failures']).toEqual([A, B, C].map((keyArn) => ({ keyArn, error: errors[keyArn] })))
    for (const part of [A, B, C, 'Throttled', 'AccessDenied', 'WrongContext']) expect(error.message).toContain(part)
  })

  test('the only failure is told as it is', async () => {
    const { sdk, kms } = setUp(A)
    const { message } = await sdk.encrypt(Buffer.from('x'))
    const error = denied('Throttled', true)
    kms.before = () => {
      throw error
    }
    expect(await rejection(sdk.decrypt(message))).toBe(error)
  })

  test('an error that is neither KMS’s nor a key’s ends it', async () => {
    const { sdk, kms } = setUp([A, B])
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.requests.length = 0
    kms.before = () => {
      throw new TypeError('a bug')
    }
    expect(await rejection(sdk.decrypt(message))).toBeInstanceOf(TypeError)
    expect(kms.requests).toHaveLength(1)
  })

  test.each([
    ['another key id', { keyId: 'b' }, 'KeyIdMismatch'],
    ['a data key of another length', { plaintext: Buffer.alloc(16, 1) }, 'BadAnswer'],
  ])('KMS answers with %s: the next CMK is asked, and the wrong data key zeroed', async (_title, change, code) => {
    const { sdk, kms, reader } = setUp([A, B])
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.answer = (answer, { keyArn }) => (keyArn === A ? { ...answer, ...change } : answer)
    expect((await sdk.decrypt(message)).plaintext).toHaveLength(1)
    expect(await rejection(reader(A).decrypt(message))).toMatchObject({ code })
    expect(kms.zeroed).toBe(true)
  })

  test('another data key of the right length is an IntegrityError, and zeroed', async () => {
    const { sdk, kms } = setUp(A)
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.answer = (answer) => ({ ...answer, plaintext: Buffer.alloc(32, 1) })
    expect(await rejection(sdk.decrypt(message))).toMatchObject({ name: 'IntegrityError' })
    expect(kms.zeroed).toBe(true)
  })

  test('CMKs that the message does not name are not asked', async () => {
    const { sdk, kms, reader } = setUp(A)
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.requests.length = 0
    const error = await rejection(reader([B, C]).decrypt(message))
    expect(error).toMatchObject({ name: 'KeyError', code: 'NoMatchingKey', failures: [] })
    expect(error.message).toContain(A)
    expect(kms.requests).toEqual([])
  })

  test('an abort between CMKs is told as such', async () => {
    const { sdk, kms } = setUp([A, B])
    const { message } = await sdk.encrypt(Buffer.from('x'))
    const controller = new AbortController()
    kms.requests.length = 0
    kms.before = () => {
      controller.abort('reason')
      throw denied('Throttled', true)
    }
    expect(await rejection(sdk.decrypt(message, { signal: controller.signal }))).toBe('reason')
    expect(kms.requests).toHaveLength(1)
  })
})

describe('discovery', () => {
  const discovery = { accounts: ['1234567890123456'], regions: ['cn-hangzhou'] }

  test('opens what is under CMKs of its accounts and regions, after those that were given', async () => {
    const { sdk, kms, reader } = setUp([A, B])
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.requests.length = 0
    await reader([], { discovery }).decrypt(message)
    expect(kms.requests.map(({ keyArn }) => keyArn)).toEqual([A])
    kms.requests.length = 0
    await reader([B], { discovery }).decrypt(message)
    expect(kms.requests.map(({ keyArn }) => keyArn)).toEqual([B])
  })

  test.each([
    ['another account', { ...discovery, accounts: ['1'] }],
    ['another region', { ...discovery, regions: ['us-east-1'] }],
    ['no account', { ...discovery, accounts: [] }],
    ['the start of an account', { ...discovery, accounts: ['123456789012345'] }],
  ])('asks nobody for %s', async (_title, other) => {
    const { sdk, kms, reader } = setUp(A)
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.requests.length = 0
    expect(await rejection(reader([], { discovery: other }).decrypt(message))).toMatchObject({ code: 'NoMatchingKey' })
    expect(kms.requests).toEqual([])
  })

  test('a provider without CMKs cannot write', async () => {
    const { sdk, kms } = setUp([], { discovery })
    expect(await rejection(sdk.encrypt(Buffer.from('x')))).toBeInstanceOf(TypeError)
    expect(kms.requests).toEqual([])
  })

  test('KMS that answers for another key is a mismatch here too', async () => {
    const { sdk, kms, reader } = setUp(A)
    const { message } = await sdk.encrypt(Buffer.from('x'))
    kms.answer = (answer) => ({ ...answer, keyId: 'other' })
    expect(await rejection(reader([], { discovery }).decrypt(message))).toMatchObject({ code: 'KeyIdMismatch' })
  })
})

test.each([
  [[]],
  [[A, A]],
  [[A, B, A]],
  [''],
  ['alias/a'],
  ['a'],
  [A.toUpperCase()],
  [`${A}\n`],
  [` ${A}`],
  ['acs:kms:evil.example/:1:key/x'],
  ['acs:kms:cn-hangzhou:1:key/'],
  ['acs:kms:cn-hangzhou:1:alias/x'],
  ['acs:kms:cn-hangzhou:1:key/x/y'],
  ['acs:kms:cn-hangzhou::key/x'],
  ['acs:kms:cn-hangzhou:1:key/x:y'],
  [undefined],
  [[null]],
])('%j is no list of CMK ARNs', (cmks) => {
  expect(() => new KmsDataKeyProvider(cmks as string, { kms: new MemoryKms() })).toThrow(TypeError)
})
