import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  EncryptionSdk,
  IntegrityError,
  KmsDataKeyProvider,
  noRetry,
  SecretsManagerDataKeyProvider,
  ServiceError,
  type RetryPolicy,
  type SecretsClient,
} from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { MemoryKms } from '../kms/memory-kms.js'
import { rejection } from '../support/rejection.js'

const CMK = 'acs:kms:cn-hangzhou:1234567890123456:key/a'
const atOnce: RetryPolicy = { maxAttempts: 3, delayMs: () => 0 }
const unreachable = () => new ServiceError('Unreachable', 'lost', { service: 'kms', retryable: true })

/** A Secrets Manager in memory, whose answers can get lost. */
class MemorySecrets implements SecretsClient {
  readonly texts = new Map<string, string>()
  readonly operations: string[] = []
  /** Whether the next answers get lost after the work is done. */
  losing = 0
  /** Waited for before each answer. */
  gate: () => Promise<unknown> = () => Promise.resolve()

  getSecretValue: SecretsClient['getSecretValue'] = async ({ secretName }) => {
    this.operations.push('get')
    const text = this.texts.get(secretName) ?? null
    await this.gate()
    return text
  }

  createSecret: SecretsClient['createSecret'] = async ({ secretName, secretData }) => {
    this.operations.push('create')
    const free = !this.texts.has(secretName)
    if (free) this.texts.set(secretName, secretData)
    await this.gate()
    if (this.losing-- > 0) throw unreachable()
    return free
  }
}

function setUp(secrets = new MemorySecrets(), kms = new MemoryKms(), name = 'osscrypt/test', retry = atOnce) {
  const dataKeys = new KmsDataKeyProvider(CMK, { kms, retry: noRetry })
  const provider = new SecretsManagerDataKeyProvider(name, dataKeys, { region: 'cn-hangzhou', secrets, retry })
  return { secrets, kms, sdk: new EncryptionSdk({ dataKeys: provider }) }
}

const opens = async (sdk: EncryptionSdk, message: Uint8Array) =>
  Buffer.from((await sdk.decrypt(message)).plaintext).toString()

test('the first message makes the secret, later ones and other processes use it', async () => {
  const { sdk, secrets, kms } = setUp()
  const encryptionContext = { a: '1' }
  const { message, encryption } = await sdk.encrypt(Buffer.from('one'), { encryptionContext })
  expect(secrets.operations).toEqual(['get', 'create'])
  expect(encryption).toEqual({ algorithm: 'AES_GCM_NOPADDING_256', encryptionContext, cmkArns: [CMK] })
  const again = await setUp(secrets, kms).sdk.encrypt(Buffer.from('two'), { encryptionContext })
  expect(secrets.operations).toEqual(['get', 'create', 'get'])
  expect(kms.operations).toEqual(['generateDataKey', 'decrypt'])
  for (const reader of [sdk, setUp(secrets, kms).sdk]) {
    expect(await opens(reader, message)).toBe('one')
    expect(await opens(reader, again.message)).toBe('two')
  }
  expect(kms.zeroed).toBe(true)
})

test('messages carry their body only, streams too', async () => {
  const { sdk, kms } = setUp()
  const { message } = await sdk.encrypt(Buffer.from('one'))
  expect(message).toHaveLength(2 + 14 + 5 + 18)
  const streamed = await buffer(Readable.from(['two']).pipe(sdk.encryptStream()))
  expect(streamed).toHaveLength(4 + 12 + 3 + 16)
  const opening = Readable.from([streamed]).pipe(sdk.decryptStream())
  expect(String(await buffer(opening))).toBe('two')
  expect((await opening.encryption).cmkArns).toEqual([CMK])
  for (let length = 0; length < 16; length += 1) {
    await rejection(buffer(Readable.from([streamed.subarray(0, length), '']).pipe(sdk.decryptStream())))
  }
  expect(kms.zeroed).toBe(true)
})

test('two writers at the same time: both read both messages', async () => {
  const secrets = new MemorySecrets()
  let waiting = 0
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  // Both have looked for the secret before either makes it.
  secrets.gate = () => {
    waiting += 1
    if (waiting === 2) open()
    return gate
  }
  const kms = new MemoryKms()
  const [first, second] = [setUp(secrets, kms).sdk, setUp(secrets, kms).sdk]
  const [one, two] = await Promise.all([first.encrypt(Buffer.from('one')), second.encrypt(Buffer.from('two'))])
  expect(secrets.operations.filter((operation) => operation === 'create')).toHaveLength(2)
  for (const reader of [first, second]) {
    expect(await opens(reader, one.message)).toBe('one')
    expect(await opens(reader, two.message)).toBe('two')
  }
  expect(kms.handedOut.length).toBeGreaterThan(2)
  expect(kms.zeroed).toBe(true)
})

test('the answer of CreateSecret gets lost: the secret that was made is used', async () => {
  const { sdk, secrets, kms } = setUp()
  secrets.losing = 1
  const { message } = await sdk.encrypt(Buffer.from('one'))
  expect(secrets.operations).toEqual(['get', 'create', 'create', 'get'])
  expect(await opens(setUp(secrets, kms).sdk, message)).toBe('one')
  expect(kms.zeroed).toBe(true)
})

test('it gets lost every time: the error is told, and the next message goes well', async () => {
  const { sdk, secrets, kms } = setUp(undefined, undefined, undefined, noRetry)
  secrets.losing = 1
  expect(await rejection(sdk.encrypt(Buffer.from('one')))).toMatchObject({ code: 'Unreachable' })
  expect(kms.zeroed).toBe(true)
  expect(await opens(sdk, (await sdk.encrypt(Buffer.from('two'))).message)).toBe('two')
})

describe('the secret’s algorithm and context are those of all its messages', () => {
  const encryptionContext = { a: '1', b: '2' }

  test.each([
    ['another algorithm', { encryptionContext, algorithm: 'AES_GCM_NOPADDING_128' }],
    ['no context', {}],
    ['another value', { encryptionContext: { a: '1', b: '3' } }],
    ['one entry more', { encryptionContext: { ...encryptionContext, c: '' } }],
    ['one entry less', { encryptionContext: { a: '1' } }],
  ] as const)('%s is refused, and the data key not asked for', async (_title, options) => {
    const { sdk, kms } = setUp()
    await sdk.encrypt(Buffer.from('one'), { encryptionContext })
    kms.requests.length = 0
    const error = await rejection(sdk.encrypt(Buffer.from('two'), options))
    expect(error).toMatchObject({ name: 'OsscryptError', code: 'ContextMismatch' })
    expect(error.message).toContain('osscrypt/test')
    expect(await rejection(buffer(Readable.from(['two']).pipe(sdk.encryptStream(options))))).toMatchObject({
      code: 'ContextMismatch',
    })
    expect(kms.requests).toEqual([])
  })

  test('the same context in another order is the same', async () => {
    const { sdk } = setUp()
    await sdk.encrypt(Buffer.from('one'), { encryptionContext })
    await sdk.encrypt(Buffer.from('two'), { encryptionContext: { b: '2', a: '1' } })
  })

  test('unauthenticated suites need to be allowed by writer and reader', async () => {
    const { sdk, kms, secrets } = setUp()
    const algorithm = 'AES_CTR_NOPADDING_256'
    expect(await rejection(sdk.encrypt(Buffer.from('one'), { algorithm }))).toMatchObject({ code: 'NotAllowed' })
    expect(secrets.operations).toEqual([])
    const { message } = await sdk.encrypt(Buffer.from('one'), { algorithm, allowUnauthenticatedAlgorithms: true })
    await sdk.encrypt(Buffer.from('two'), { algorithm, allowUnauthenticatedAlgorithms: true })
    kms.requests.length = 0
    expect(await rejection(sdk.decrypt(message))).toMatchObject({ code: 'NotAllowed' })
    expect(kms.requests).toEqual([])
    expect((await sdk.decrypt(message, { allowUnauthenticatedAlgorithms: true })).plaintext).toHaveLength(3)
  })

  test('requiredContext is asked of the secret', async () => {
    const { sdk } = setUp()
    const { message } = await sdk.encrypt(Buffer.from('one'), { encryptionContext })
    expect((await sdk.decrypt(message, { requiredContext: { a: '1' } })).plaintext).toHaveLength(3)
    expect(await rejection(sdk.decrypt(message, { requiredContext: { a: '2' } }))).toMatchObject({
      code: 'ContextMismatch',
    })
  })
})

describe('a secret that is not as it was made', () => {
  async function changed(change: (header: Buffer) => Buffer | string) {
    const { sdk, secrets, kms } = setUp()
    const { message } = await sdk.encrypt(Buffer.from('one'))
    const header = Buffer.from(secrets.texts.get('osscrypt/test')!, 'base64')
    const text = change(header)
    secrets.texts.set('osscrypt/test', typeof text === 'string' ? text : text.toString('base64'))
    kms.requests.length = 0
    const error = await rejection(sdk.decrypt(message))
    const written = await rejection(sdk.encrypt(Buffer.from('two')))
    expect(written.name).toBe(error.name)
    expect(kms.zeroed).toBe(true)
    // It is neither replaced nor repaired.
    expect(secrets.operations.filter((operation) => operation === 'create')).toHaveLength(1)
    return { error, kms }
  }

  test.each<[string, (header: Buffer) => Buffer | string]>([
    ['empty', () => ''],
    ['not base64', () => 'hello world'],
    ['base64 with a line break', (header) => `${header.toString('base64')}\n`],
    ['followed by a byte', (header) => Buffer.concat([header, Buffer.alloc(1)])],
    ['cut', (header) => header.subarray(0, -1)],
    ['JSON', () => '{"DataKey":"YQ=="}'],
  ])('%s: FormatError, and KMS is not asked', async (_title, change) => {
    const { error, kms } = await changed(change)
    expect(error.name).toBe('FormatError')
    expect(kms.requests).toEqual([])
  })

  test('a flipped bit in its tag: IntegrityError', async () => {
    const { error } = await changed((header) => {
      header[header.length - 1] = header.at(-1)! ^ 1
      return header
    })
    expect(error).toBeInstanceOf(IntegrityError)
  })

  test('a header of FLOE, with a wrapped key that KMS opens', async () => {
    const { error, kms } = await changed((header) => {
      // INTEGER 2, then the end: iv of 12 and tag of 16 bytes become empty.
      const algorithm = Buffer.from('0204464c4f45', 'hex')
      const at = header.indexOf(Buffer.from('020101020102', 'hex'))
      const content = Buffer.concat([
        header.subarray(at, at + 3),
        algorithm,
        header.subarray(at + 6, -32),
        Buffer.from('04000400', 'hex'),
      ])
      const length = Buffer.alloc(2)
      length.writeUInt16BE(content.length)
      return Buffer.concat([
        Buffer.from([0x30, ...(content.length < 256 ? [0x81, content.length] : [0x82, ...length])]),
        content,
      ])
    })
    expect(error).toMatchObject({ name: 'FormatError', code: 'UnsupportedAlgorithm' })
    expect(kms.requests).toEqual([])
  })
})

test('a secret that is not there: NotFound for a reader', async () => {
  const { sdk, kms } = setUp()
  expect(await rejection(sdk.decrypt(Buffer.alloc(50)))).toMatchObject({ name: 'ServiceError', code: 'NotFound' })
  expect(kms.requests).toEqual([])
})

test('more than a secret holds is refused before it is made', async () => {
  const { sdk, secrets, kms } = setUp()
  const error = await rejection(sdk.encrypt(Buffer.from('one'), { encryptionContext: { k: 'x'.repeat(25_000) } }))
  expect(error).toMatchObject({ code: 'LimitExceeded' })
  expect(secrets.texts.size).toBe(0)
  expect(kms.zeroed).toBe(true)
})

test.each(['', 'a b', 'ä', 'x'.repeat(65), 'a\n', 'a?b', '../%00'])('%j is no name of a secret', (name) => {
  expect(() => setUp(undefined, undefined, name)).toThrow(TypeError)
})
