import { constants, createDecipheriv, createPrivateKey, privateDecrypt, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { RsaDataKeyProvider, type DataKeyProvider } from 'osscrypt'
import type { PutOptions } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rsaKey } from '../support/oss-sdk-vectors.js'
import { rejection } from '../support/rejection.js'
import { readStored, type StoredObject } from '../support/stored-object.js'

const fixture = useCloud()
const old = { format: 'oss-sdk-ctr', writeWithoutIntegrity: true } as const
const prefix = 'client-side-encryption-'
const rsa = new RsaDataKeyProvider({ privateKey: rsaKey, description: { region: 'hangzhou', 名: '值' } })

/** Reads as the SDKs do: a second reader, which shares nothing with what wrote. */
function readLikeAnSdk({ body, meta }: StoredObject, unwrap: (wrapped: Buffer) => Buffer): Buffer {
  const [key, start] = ['key', 'start'].map((name) => unwrap(Buffer.from(meta[`${prefix}${name}`]!, 'base64')))
  expect(meta[`${prefix}cek-alg`]).toBe('AES/CTR/NoPadding')
  expect(key).toHaveLength(32)
  expect(start!.subarray(8, 12)).toEqual(Buffer.alloc(4))
  const decipher = createDecipheriv('aes-256-ctr', key!, start!)
  return Buffer.concat([decipher.update(body), decipher.final()])
}

/** RSAES-PKCS1-v1_5 by the plain rule. */
function unwrapRsa(wrapped: Buffer): Buffer {
  const block = privateDecrypt({ key: createPrivateKey(rsaKey), padding: constants.RSA_NO_PADDING }, wrapped)
  expect(block.subarray(0, 2)).toEqual(Buffer.from([0, 2]))
  return block.subarray(block.indexOf(0, 2) + 1)
}

const lengths = [0, 1, 15, 16, 17, 300_000, 9_000_001]

describe.each([
  ['one request', Infinity],
  ['parts', 100_000],
])('in %s', (_how, multipartThreshold) => {
  test.each(lengths)('under an RSA key, %d bytes', async (length) => {
    const data = patternBytes(length)
    const client = fixture.client({ dataKeys: rsa, multipartThreshold, memoryLimit: 1_000_000 })
    const path = `${fixture.folder}/source`
    await writeFile(path, data)
    const partLength = 102_407
    for (const source of [data, path, createReadStream(path)]) {
      const put = await client.put('old', source, { ...old, partLength, meta: { mine: 'x' } })
      expect(put.encryption).toMatchObject({ unverified: true, wrapAlgorithm: 'RSA/NONE/PKCS1Padding' })
      const stored = await readStored(fixture.oss, 'old')
      expect(stored.meta).toMatchObject({
        mine: 'x',
        [`${prefix}wrap-alg`]: 'RSA/NONE/PKCS1Padding',
        [`${prefix}matdesc`]: '{"region":"hangzhou","\\u540d":"\\u503c"}',
        [`${prefix}unencrypted-content-length`]: String(length),
      })
      const inParts = length > multipartThreshold
      expect(stored.meta[`${prefix}data-size`]).toBe(inParts ? String(length) : undefined)
      expect(stored.meta[`${prefix}part-size`]).toBe(inParts ? '102416' : undefined)
      expect(Object.keys(stored.meta).filter((name) => name.includes('md5'))).toEqual([])
      expect(sameBytes(readLikeAnSdk(stored, unwrapRsa), data)).toBe(true)
      const got = await client.get('old', { allowLegacyFormats: true })
      expect(got).toMatchObject({ verified: false, meta: { mine: 'x' } })
      expect(sameBytes(got.content, data)).toBe(true)
    }
    expect(await fixture.files()).toEqual(['source'])
  })

  test.each(lengths)('under a CMK, %d bytes', async (length) => {
    const data = patternBytes(length)
    const ossSdkContext = { 'x-passphrase': 'secret' }
    for (const options of [{}, { ossSdkContext }]) {
      const client = fixture.client({ dataKeys: fixture.dataKeys(options), multipartThreshold })
      await client.put('old', data, old)
      const stored = await readStored(fixture.oss, 'old')
      expect(stored.meta[`${prefix}wrap-alg`]).toBe('KMS/ALICLOUD')
      expect(stored.meta[`${prefix}matdesc`]).toBeUndefined()
      expect(sameBytes((await client.get('old', { allowLegacyFormats: true })).content, data)).toBe(true)
      const other = fixture.client({ dataKeys: fixture.dataKeys({ ossSdkContext: { 'x-passphrase': 'other' } }) })
      expect(await rejection(other.get('old', { allowLegacyFormats: true }))).toMatchObject({ name: 'ServiceError' })
    }
  })
})

test('each part is sent with what the upload was begun with', async () => {
  const store = new AliOssStore(fixture.oss, 1000)
  const said: Record<string, string>[] = []
  const noting =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      const { headers = {} } = args.at(-1) as { headers?: Record<string, string> }
      said.push(Object.fromEntries(Object.entries(headers).filter(([name]) => name.includes(prefix))))
      return call(...args)
    }
  const { multipart } = store
  const initiate = noting(multipart.initiate.bind(multipart))
  const uploadPart = noting(multipart.uploadPart.bind(multipart))
  Object.assign(multipart, { initiate, uploadPart })
  const client = fixture.client({ store, dataKeys: rsa, multipartThreshold: 100_000 })
  await client.put('old', patternBytes(300_000), { ...old, partLength: 102_400 })
  expect(said).toHaveLength(4)
  const { [`x-oss-meta-${prefix}unencrypted-content-length`]: length, ...begun } = said[0]!
  expect(length).toBe('300000')
  expect(Object.keys(begun)).toHaveLength(7)
  for (const each of said.slice(1)) expect(each).toEqual(begun)
})

test('two objects never have one key or one counter', async () => {
  const client = fixture.client({ dataKeys: rsa })
  const bodies = new Set<string>()
  for (let time = 0; time < 5; time += 1) {
    await client.put('old', Buffer.alloc(64), old)
    bodies.add((await readStored(fixture.oss, 'old')).body.toString('hex'))
  }
  expect(bodies.size).toBe(5)
})

describe('is refused', () => {
  const cases: [string, PutOptions, object][] = [
    ['unless it was asked for', { format: 'oss-sdk-ctr' }, { code: 'NotAllowed' }],
    [
      'with what is only true-like',
      { format: 'oss-sdk-ctr', writeWithoutIntegrity: 'yes' as never },
      { code: 'NotAllowed' },
    ],
    ['with an encryption context', { ...old, encryptionContext: { a: 'b' } }, { name: 'TypeError' }],
    ['with a binding', { ...old, bindToObject: true }, { name: 'TypeError' }],
    ['with an algorithm', { ...old, algorithm: 'AES_CTR_NOPADDING_256' }, { name: 'TypeError' }],
    ['with a checkpoint', { ...old, checkpoint: '/nowhere' }, { name: 'TypeError' }],
    ['for gcm', { format: 'gcm', writeWithoutIntegrity: true }, { name: 'TypeError' }],
    ['for floe', { format: 'floe', writeWithoutIntegrity: true }, { name: 'TypeError' }],
  ]
  test.each(cases)('%s', async (_name, options, error) => {
    expect(await rejection(fixture.client({ dataKeys: rsa }).put('old', randomBytes(10), options))).toMatchObject(error)
    expect(fixture.operations().filter((each) => /Put|Initiate|kms/.test(each))).toEqual([])
  })

  test.each<[string, Partial<DataKeyProvider>]>([
    ['that cannot wrap so', {}],
    [
      'that wraps one',
      { wrapSecrets: () => Promise.resolve({ wrapAlgorithm: 'KMS', wrapped: [randomBytes(9)], description: {} }) },
    ],
  ])('by a provider %s', async (_name, more) => {
    const kms = fixture.dataKeys()
    const dataKeys: DataKeyProvider = {
      generateDataKey: (request) => kms.generateDataKey(request),
      decryptDataKey: (request) => kms.decryptDataKey(request),
      ...more,
    }
    expect(await rejection(fixture.client({ dataKeys }).put('old', randomBytes(10), old))).toMatchObject({
      code: 'InvalidDataKey',
    })
  })
})
