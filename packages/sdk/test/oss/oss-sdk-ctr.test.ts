import { createCipheriv, publicEncrypt, constants, createPublicKey, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { RsaDataKeyProvider } from 'osscrypt'
import type { OssEncryptionClient, ReadOptions } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { decodeEnvelope } from '../../src/format/envelopes.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { ossSdkVectors, otherRsaKey, rsaKey, storedVector, vectorKeys } from '../support/oss-sdk-vectors.js'
import { rejection } from '../support/rejection.js'
import { writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const legacy = { allowLegacyFormats: true } as const
const dataKeys = new RsaDataKeyProvider({ privateKey: rsaKey })
const prefix = 'client-side-encryption-'

/** As the SDKs do it: a second writer, which shares nothing with what reads here. */
function writeLikeAnSdk(plaintext: Uint8Array, counterBlock: Buffer, algorithm = 'RSA/NONE/PKCS1Padding') {
  const key = randomBytes(32)
  const wrap = (secret: Buffer) =>
    publicEncrypt({ key: createPublicKey(rsaKey), padding: constants.RSA_PKCS1_PADDING }, secret).toString('base64')
  const cipher = createCipheriv('aes-256-ctr', key, counterBlock)
  return {
    body: Buffer.concat([cipher.update(plaintext), cipher.final()]),
    meta: {
      [`${prefix}key`]: wrap(key),
      [`${prefix}start`]: wrap(counterBlock),
      [`${prefix}cek-alg`]: 'AES/CTR/NoPadding',
      [`${prefix}wrap-alg`]: algorithm,
      mine: 'x',
    },
  }
}

describe('what the OSS SDKs wrote is read', () => {
  test.each(ossSdkVectors)('$id', async (vector) => {
    await writeStored(fixture.oss, 'old', storedVector(vector))
    const client = fixture.client({ dataKeys: vectorKeys(vector), ...legacy })
    const plaintext = Buffer.from(vector.plaintextB64, 'base64')
    const marked = { verified: false, integrity: 'none', encryption: { unverified: true, cmkArns: [] } }

    const got = await client.get('old')
    expect(got).toMatchObject(marked)
    expect(Object.keys(got.meta).filter((name) => name !== 'user')).toEqual([])
    expect(sameBytes(got.content, plaintext)).toBe(true)
    const streamed = await client.getStream('old')
    expect(streamed).toMatchObject(marked)
    expect(sameBytes(await buffer(streamed.stream), plaintext)).toBe(true)
    expect(await client.get('old', `${fixture.folder}/file`)).toMatchObject(marked)
    expect(sameBytes(await readFile(`${fixture.folder}/file`), plaintext)).toBe(true)
    expect(await client.verify('old')).toMatchObject(marked)
    expect(await client.head('old')).toMatchObject({ ...marked, plaintextLength: plaintext.length })
    if (plaintext.length === 0) return
    for (const start of [0, 1, 15, 16, 17, plaintext.length >> 1, plaintext.length - 1]) {
      if (start >= plaintext.length) continue
      const part = await client.getRange('old', { start })
      expect(part).toMatchObject(marked)
      expect(sameBytes(part.content, plaintext.subarray(start))).toBe(true)
    }
    expect((await client.getRange('old', { start: -1 })).content).toEqual(plaintext.subarray(-1))
  })
})

test('whole, in parts side by side, and from any place, whatever the counter starts with', async () => {
  const plaintext = patternBytes(20_000_003)
  for (const counterBlock of [Buffer.alloc(16, 0xff), Buffer.from('ffffffffffffffff00000000fffffff0', 'hex')]) {
    await writeStored(fixture.oss, 'large', writeLikeAnSdk(plaintext, counterBlock))
    const client = fixture.client({ dataKeys, ...legacy })
    await client.get('large', `${fixture.folder}/large`, { parallel: 3, partLength: 3_000_001 })
    expect(sameBytes(await readFile(`${fixture.folder}/large`), plaintext)).toBe(true)
    expect(sameBytes((await client.get('large')).content, plaintext)).toBe(true)
    const checkpoint = `${fixture.folder}/checkpoint`
    await client.get('large', `${fixture.folder}/again`, { checkpoint })
    expect(sameBytes(await readFile(`${fixture.folder}/again`), plaintext)).toBe(true)
    for (const start of [16 * 65_536 - 5, 9_999_999]) {
      const { content } = await client.getRange('large', { start, end: start + 1_000_000 })
      expect(sameBytes(content, plaintext.subarray(start, start + 1_000_001))).toBe(true)
    }
  }
})

const reads: Record<string, (client: OssEncryptionClient, options: ReadOptions) => Promise<unknown>> = {
  get: (client, options) => client.get('old', options),
  'get into a file': (client, options) => client.get('old', `${fixture.folder}/file`, options),
  getStream: async (client, options) => (await client.getStream('old', options)).stream.destroy(),
  getRange: (client, options) => client.getRange('old', { start: 1 }, { ...options, allowUnverifiedRange: true }),
  verify: (client, options) => client.verify('old', options),
  copy: (client, options) => client.copy('new', 'old', options),
}

describe.each(Object.entries(reads))('%s', (_name, read) => {
  test('is refused unless it was asked for, and before anything else', async () => {
    await writeStored(fixture.oss, 'old', writeLikeAnSdk(patternBytes(1000), randomBytes(16)))
    const client = fixture.client({ dataKeys })
    expect(await rejection(read(client, {}))).toMatchObject({
      code: 'NotAllowed',
      message: expect.stringContaining('allowLegacyFormats') as string,
    })
    await read(client, legacy)
    const allowing = fixture.client({ dataKeys, ...legacy })
    expect(await rejection(read(allowing, { allowLegacyFormats: false }))).toMatchObject({ code: 'NotAllowed' })
    expect(await rejection(read(allowing, { formats: ['gcm', 'floe'] }))).toMatchObject({ code: 'NotAllowed' })
    expect(await rejection(read(allowing, { requireBinding: true }))).toMatchObject({ code: 'BindingMissing' })
    expect(await rejection(read(allowing, { allowLegacyFormats: 1 as never }))).toBeInstanceOf(TypeError)
  })
})

test('what a verification would have to meet is not met by an object that says nothing', async () => {
  await writeStored(fixture.oss, 'old', writeLikeAnSdk(patternBytes(1000), randomBytes(16)))
  const client = fixture.client({ dataKeys, ...legacy })
  expect(await rejection(client.get('old', { requiredContext: { a: 'b' } }))).toMatchObject({ code: 'ContextMismatch' })
  expect(await rejection(client.head('old', { verifyLength: true }))).toMatchObject({ code: 'NotAllowed' })
  expect(await rejection(client.openRandomAccess('old'))).toMatchObject({ code: 'NotAllowed' })
  expect(await rejection(client.rewrap('old', { to: dataKeys }))).toMatchObject({ code: 'NotAllowed' })
  expect(await rejection(client.copy('old', 'old'))).toMatchObject({ code: 'NotAllowed' })
})

test('a body that was changed comes out changed, and is never said to be verified', async () => {
  const plaintext = patternBytes(1000)
  const { body, meta } = writeLikeAnSdk(plaintext, randomBytes(16))
  body[500]! ^= 1
  await writeStored(fixture.oss, 'old', { body, meta })
  const got = await fixture.client({ dataKeys, ...legacy }).get('old')
  expect(got).toMatchObject({ verified: false, integrity: 'none' })
  expect(got.content.equals(plaintext)).toBe(false)
  expect(got.meta).toEqual({ mine: 'x' })
})

test('an envelope of this project decides, whatever stands beside it', async () => {
  const client = fixture.client(legacy)
  await client.put('both', patternBytes(1000), { meta: writeLikeAnSdk(patternBytes(1000), randomBytes(16)).meta })
  const got = await client.get('both')
  expect(got).toMatchObject({ verified: true, integrity: 'whole' })
  expect(got.meta).toMatchObject({ mine: 'x' })
})

describe('envelopes that are none', () => {
  const written = writeLikeAnSdk(patternBytes(100), randomBytes(16))
  const { body } = written
  const meta: Record<string, string> = written.meta
  const entry = (name: string) => `${prefix}${name}`
  const without = (name: string) => Object.fromEntries(Object.entries(meta).filter(([each]) => each !== entry(name)))
  const cases: [string, Record<string, string>, object][] = [
    ['another cipher', { ...meta, [entry('cek-alg')]: 'AES/GCM/NoPadding' }, { code: 'UnsupportedAlgorithm' }],
    ['another wrapping', { ...meta, [entry('wrap-alg')]: 'RSA/none' }, { code: 'UnsupportedAlgorithm' }],
    ['no base64', { ...meta, [entry('key')]: '!!!!' }, { code: 'InvalidFormat' }],
    ['a description that is none', { ...meta, [entry('matdesc')]: '[1]' }, { code: 'InvalidFormat' }],
    ['a description of numbers', { ...meta, [entry('matdesc')]: '{"a":1}' }, { code: 'InvalidFormat' }],
    ['a key of KMS', { ...meta, [entry('wrap-alg')]: 'KMS/ALICLOUD' }, { code: 'NoMatchingKey' }],
    [
      'a wrapped key that is cut',
      { ...meta, [entry('key')]: meta[entry('key')]!.slice(4) },
      { code: 'DataKeyUnavailable' },
    ],
    [
      'key and counter the wrong way round',
      { ...meta, [entry('key')]: meta[entry('start')]! },
      { code: 'DataKeyUnavailable' },
    ],
  ]
  // OSS itself does not store these.
  test.each(['key', 'start', 'cek-alg', 'wrap-alg'])('without %s', async (name) => {
    const headers = Object.entries(without(name)).map(([each, value]) => [`X-Oss-Meta-${each}`, value])
    const decoded = decodeEnvelope(Object.fromEntries(headers) as Record<string, string>, {})
    expect(await rejection(decoded)).toMatchObject({ code: 'InvalidFormat' })
  })

  test.each(cases)('%s', async (_name, changed, error) => {
    await writeStored(fixture.oss, 'old', { body, meta: changed })
    expect(await rejection(fixture.client({ dataKeys, ...legacy }).get('old'))).toMatchObject(error)
  })
})

describe('several keys', () => {
  const plaintext = patternBytes(100)
  const described = (description: string) => {
    const { body, meta } = writeLikeAnSdk(plaintext, randomBytes(16), 'rsa/none/pkcs1padding')
    return writeStored(fixture.oss, 'old', { body, meta: { ...meta, [`${prefix}matdesc`]: description } })
  }
  const keys = (description: Record<string, string>, other: Record<string, string>) =>
    new RsaDataKeyProvider([
      { privateKey: otherRsaKey, description: other },
      { privateKey: rsaKey, description },
    ])

  test('the one that is described so is taken, however the description is written', async () => {
    await described('{ "b" : "\\u0032", "a":"1" }')
    const client = (dataKeys: RsaDataKeyProvider) => fixture.client({ dataKeys, ...legacy })
    expect((await client(keys({ a: '1', b: '2' }, {})).get('old')).content).toEqual(plaintext)
    expect(await rejection(client(keys({}, { a: '1', b: '2' })).get('old'))).toMatchObject({
      code: 'DataKeyUnavailable',
    })
  })

  test('where none is, each is tried', async () => {
    await described('{"of":"old"}')
    const dataKeys = keys({ a: '1' }, {})
    const got = await fixture.client({ dataKeys, ...legacy }).get('old')
    expect(got.content).toEqual(plaintext)
    expect(got.encryption).toMatchObject({ wrapAlgorithm: 'rsa/none/pkcs1padding', keyDescription: { of: 'old' } })
  })
})
