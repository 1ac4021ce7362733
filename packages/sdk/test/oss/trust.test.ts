import { KmsDataKeyProvider, type EncryptedDataKey, type KmsClient, type PlaintextKey, type WrappedKey } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { ENVELOPE, readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const data = Buffer.from('the data')
const MINE = 'acs:kms:cn-hangzhou:1234567890123456:key/mine'

/** A KMS without CMKs of its own, which says yes to everything and notes it. */
class CountingKms implements KmsClient {
  readonly calls: string[] = []
  keyId = 'mine'
  plaintext = () => Buffer.alloc(32, 7)

  generateDataKey(): Promise<WrappedKey & PlaintextKey> {
    this.calls.push('generateDataKey')
    return Promise.resolve({ keyId: this.keyId, plaintext: this.plaintext(), ciphertextBlob: Buffer.from('wrapped') })
  }

  decrypt({ region }: { region: string }): Promise<PlaintextKey> {
    this.calls.push(`decrypt in ${region}`)
    return Promise.resolve({ keyId: this.keyId, plaintext: this.plaintext() })
  }

  encrypt(): Promise<WrappedKey> {
    this.calls.push('encrypt')
    return Promise.resolve({ keyId: this.keyId, ciphertextBlob: Buffer.from('wrapped') })
  }

  reEncrypt(): Promise<WrappedKey> {
    this.calls.push('reEncrypt')
    return Promise.resolve({ keyId: this.keyId, ciphertextBlob: Buffer.from('wrapped') })
  }
}

function derLength(length: number): Buffer {
  if (length < 128) return Buffer.from([length])
  const digits = Buffer.alloc(4)
  digits.writeUInt32BE(length)
  const short = digits.subarray(digits.findIndex((digit) => digit !== 0))
  return Buffer.concat([Buffer.from([0x80 | short.length]), short])
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), derLength(body.length), body])
}

function octets(text: string | Uint8Array): Buffer {
  return der(4, Buffer.from(text as string))
}

/** A well-formed header with a wrong tag, for whatever is to be refused before the tag is looked at. */
function forgeHeader(keys: readonly EncryptedDataKey[], context: Readonly<Record<string, string>> = {}): string {
  const set = (pairs: readonly (readonly [string | Uint8Array, string | Uint8Array])[]) =>
    der(0x31, ...pairs.map(([left, right]) => der(0x30, octets(left), octets(right))).sort(Buffer.compare))
  return der(
    0x30,
    der(2, Buffer.from([1])),
    der(2, Buffer.from([2])),
    set(keys.map(({ keyArn, ciphertextBlob }) => [keyArn, ciphertextBlob])),
    set(Object.entries(context)),
    octets(Buffer.alloc(12)),
    octets(Buffer.alloc(16)),
  ).toString('base64')
}

async function store(header: string): Promise<void> {
  const meta = {
    [ENVELOPE.header]: header,
    [ENVELOPE.iv]: Buffer.alloc(12).toString('base64'),
    [ENVELOPE.authTag]: Buffer.alloc(16).toString('base64'),
  }
  await writeStored(fixture.oss, 'forged', { body: data, meta })
}

const blob = Buffer.from('blob')

describe('an object under a CMK that was not given', () => {
  test.each([
    ['another key', 'acs:kms:cn-hangzhou:1234567890123456:key/other'],
    ['another account', 'acs:kms:cn-hangzhou:6543210987654321:key/mine'],
    ['another region', 'acs:kms:cn-shanghai:1234567890123456:key/mine'],
    ['a host for a region', 'acs:kms:evil.example/:1:key/x'],
    ['a host with a fragment', 'acs:kms:evil.example#:1234567890123456:key/mine'],
    ['an address with credentials', 'acs:kms:a@evil.example:1234567890123456:key/mine'],
    ['a path for a region', 'acs:kms:../..:1234567890123456:key/mine'],
    ['the CMK with a line break', `${MINE}\n`],
    ['the CMK in capitals', MINE.toUpperCase()],
    ['the CMK with a null byte', `${MINE}\u0000`],
    ['an alias', 'acs:kms:cn-hangzhou:1234567890123456:alias/mine'],
    ['a key id alone', 'mine'],
    ['nothing', ''],
    ['very much', 'x'.repeat(500)],
  ])('%s', async (_title, keyArn) => {
    const kms = new CountingKms()
    const client = fixture.client({ dataKeys: new KmsDataKeyProvider(MINE, { kms }) })
    await store(forgeHeader([{ keyArn, ciphertextBlob: blob }]))
    fixture.cloud.clearRequests()
    for (const run of [
      () => client.get('forged'),
      () => client.getStream('forged'),
      () => client.getRange('forged', { start: 0 }, { allowUnverifiedRange: true }),
    ]) {
      const error = await rejection(run())
      expect(error).toMatchObject({ name: 'KeyError', code: 'NoMatchingKey' })
      expect(error.message).not.toContain('evil')
      expect(error.message.length).toBeLessThan(500)
    }
    expect(kms.calls).toEqual([])
    expect(await rejection(fixture.client().get('forged'))).toMatchObject({ code: 'NoMatchingKey' })
    expect(fixture.operations().filter((operation) => operation.startsWith('kms'))).toEqual([])
  })

  test('beside one that was given: only that one is asked', async () => {
    const kms = new CountingKms()
    const client = fixture.client({ dataKeys: new KmsDataKeyProvider(MINE, { kms }) })
    await store(
      forgeHeader([
        { keyArn: 'acs:kms:evil-1:1:key/x', ciphertextBlob: blob },
        { keyArn: MINE, ciphertextBlob: blob },
      ]),
    )
    expect(await rejection(client.get('forged'))).toMatchObject({ name: 'IntegrityError' })
    expect(kms.calls).toEqual(['decrypt in cn-hangzhou'])
  })

  test('is refused by the real thing too, and its name kept out of sight of KMS', async () => {
    await fixture.client().put('object', data)
    const other = await fixture.cloud.createKey()
    const client = fixture.client({ dataKeys: new KmsDataKeyProvider(other, { kms: new CountingKms() }) })
    expect(await rejection(client.get('object'))).toMatchObject({ code: 'NoMatchingKey' })
  })
})

describe('KMS that answers wrongly', () => {
  test.each([
    ['for another key', { keyId: 'other' }, { name: 'KeyError', code: 'KeyIdMismatch' }],
    [
      'for the same id in another account',
      { keyId: 'acs:kms:cn-hangzhou:6543210987654321:key/mine' },
      { code: 'KeyIdMismatch' },
    ],
    ['without the name of a key', { keyId: '' }, { name: 'ServiceError', code: 'BadAnswer' }],
    [
      'with a data key that is too short',
      { plaintext: () => Buffer.alloc(16) },
      { name: 'ServiceError', code: 'BadAnswer' },
    ],
    ['with a data key that is too long', { plaintext: () => Buffer.alloc(33) }, { code: 'BadAnswer' }],
    ['with an empty data key', { plaintext: () => Buffer.alloc(0) }, { code: 'BadAnswer' }],
  ])('%s', async (_title, answer, expected) => {
    const kms = Object.assign(new CountingKms(), answer)
    const client = fixture.client({ dataKeys: new KmsDataKeyProvider(MINE, { kms }) })
    await store(forgeHeader([{ keyArn: MINE, ciphertextBlob: blob }]))
    fixture.cloud.clearRequests()
    expect(await rejection(client.get('forged'))).toMatchObject(expected)
    expect(await rejection(client.put('object', data))).toMatchObject(expected)
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('the real one, with the data key of another CMK', async () => {
    const other = await fixture.cloud.createKey()
    const write = fixture.client({ dataKeys: new KmsDataKeyProvider(other, kms()) })
    await write.put('object', data)
    const stored = await readStored(fixture.oss, 'object')
    const header = Buffer.from(stored.meta[ENVELOPE.header]!, 'base64')
      .toString('latin1')
      .replace(other, fixture.cmkArn)
    await writeStored(fixture.oss, 'object', {
      body: stored.body,
      meta: { ...stored.meta, [ENVELOPE.header]: Buffer.from(header, 'latin1').toString('base64') },
    })
    expect(await rejection(fixture.client().get('object'))).toMatchObject({ code: 'KeyIdMismatch' })
  })

  function kms(): { endpoint: string; credentials: typeof fixture.cloud.credentials } {
    return { endpoint: fixture.cloud.kms.endpoint, credentials: fixture.cloud.credentials }
  }
})

describe('a header as a weapon', () => {
  const keys = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ keyArn: MINE, ciphertextBlob: Buffer.from(`blob ${index}`) }))

  test('of 33 data keys is refused before KMS is asked; 32 are taken', async () => {
    const kms = new CountingKms()
    const client = fixture.client({ dataKeys: new KmsDataKeyProvider(MINE, { kms }) })
    await store(forgeHeader(keys(33)))
    expect(await rejection(client.get('forged'))).toMatchObject({ code: 'LimitExceeded' })
    expect(await rejection(client.head('forged'))).toMatchObject({ code: 'LimitExceeded' })
    expect(kms.calls).toEqual([])
    await store(forgeHeader(keys(3)))
    expect(await rejection(client.get('forged', { maxEncryptedDataKeys: 2 }))).toMatchObject({ code: 'LimitExceeded' })
    expect(kms.calls).toEqual([])
    expect(await rejection(client.get('forged', { maxEncryptedDataKeys: 3 }))).toMatchObject({ name: 'IntegrityError' })
  })

  test('of no data key at all', async () => {
    await store(forgeHeader([]))
    expect(await rejection(fixture.client().get('forged'))).toMatchObject({ code: 'InvalidFormat' })
  })

  test.each([
    ['a megabyte of header', 'A'.repeat(1024 * 1024)],
    ['a megabyte of keys', forgeHeader(keys(20_000))],
    ['a context that is too large', forgeHeader(keys(1), { key: 'x'.repeat(40_000) })],
    ['a length of 4 GB', Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).toString('base64')],
    ['a deep nest', Buffer.from('3080'.repeat(3000), 'hex').toString('base64')],
  ])('%s is refused, from a store that lets it through', async (_title, header) => {
    const kms = new CountingKms()
    const headers = {
      'content-length': '8',
      etag: '"x"',
      [`x-oss-meta-${ENVELOPE.header}`]: header,
      [`x-oss-meta-${ENVELOPE.iv}`]: Buffer.alloc(12).toString('base64'),
      [`x-oss-meta-${ENVELOPE.authTag}`]: Buffer.alloc(16).toString('base64'),
    }
    const client = fixture.client({ dataKeys: new KmsDataKeyProvider(MINE, { kms }), store: storeWith(headers) })
    const start = performance.now()
    expect(await rejection(client.get('forged'))).toMatchObject({ name: 'FormatError' })
    expect(performance.now() - start).toBeLessThan(500)
    expect(kms.calls).toEqual([])
  })

  test.each(['1e15', '99999999999999', '9007199254740991', 'Infinity', 'x', '-1'])('a length of %s', async (length) => {
    const client = fixture.client()
    await client.put('object', data)
    const { headers } = await readStored(fixture.oss, 'object')
    const lying = fixture.client({ store: storeWith({ ...headers, 'content-length': length }) })
    expect(await rejection(lying.get('object'))).toMatchObject({
      name: expect.stringMatching(/^(ServiceError|OsscryptError|IntegrityError)$/) as string,
    })
  })
})

/** A store with one answer. */
function storeWith(
  headers: Readonly<Record<string, string>>,
): NonNullable<Parameters<typeof fixture.client>[0]>['store'] & object {
  const refuse = (): Promise<never> => Promise.reject(new Error('not asked for'))
  return {
    put: refuse,
    head: refuse,
    delete: refuse,
    copy: refuse,
    get: async () => {
      const { Readable } = await import('node:stream')
      return { status: 200, headers, body: Readable.from([data]) }
    },
  }
}
