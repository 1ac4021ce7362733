import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  CachingDataKeyProvider,
  EncryptionSdk,
  KmsDataKeyProvider,
  type DataKeyProvider,
  type EncryptionMaterials,
} from 'osscrypt'
import type { OssEncryptionClient, PutOptions } from 'osscrypt/oss'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'

const fixture = useCloud()
const data = patternBytes(5000)
const formats: readonly (readonly [string, PutOptions])[] = [
  ['gcm', { bindToObject: false }],
  ['floe', { format: 'floe', segmentLength: 1024 }],
]
let second: string
let third: string
beforeAll(async () => {
  second = await fixture.cloud.createKey()
  third = await fixture.cloud.createKey()
})
afterEach(() => {
  for (const arn of [second, third]) fixture.cloud.permitKey(arn)
})

const under = (...arns: string[]) => new KmsDataKeyProvider(arns, kmsOptions(fixture.cloud))

/** A writer whose wrapped keys under some CMKs are, well-formed as they are, of another data key. */
function misleading(wrong: readonly string[], ...arns: string[]): DataKeyProvider {
  const inner = under(...arns)
  return {
    generateDataKey: async (request): Promise<EncryptionMaterials> => {
      const { dataKey, encryptedDataKeys } = await inner.generateDataKey(request)
      const others = (await inner.generateDataKey(request)).encryptedDataKeys
      const chosen = (keyArn: string) => (wrong.includes(keyArn) ? others : encryptedDataKeys)
      return {
        dataKey,
        encryptedDataKeys: arns.map((arn) => chosen(arn).find(({ keyArn }) => keyArn === arn)!),
      }
    },
    decryptDataKey: (request) => inner.decryptDataKey(request),
  }
}

/** Every way to read an object. */
async function readings(client: OssEncryptionClient, floe: boolean): Promise<Buffer[]> {
  const range = { start: 0 }
  return [
    (await client.get('object')).content,
    await buffer((await client.getStream('object')).stream),
    (await client.getRange('object', range, { allowUnverifiedRange: true })).content,
    ...(floe ? (await client.getRanges('object', [range])).map(({ content }) => content) : []),
  ]
}

describe.each(formats)('%s: when the key of the first CMK does not fit', (format, options) => {
  const floe = format === 'floe'
  const put = (wrong: readonly string[], ...arns: string[]) =>
    fixture.client({ dataKeys: misleading(wrong, ...arns) }).put('object', data, options)

  test('that of the next is taken', async () => {
    await put([fixture.cmkArn], fixture.cmkArn, second, third)
    const client = fixture.client({ dataKeys: under(fixture.cmkArn, second) })
    for (const content of await readings(client, floe)) expect(content.equals(data)).toBe(true)
    const { encryption } = await client.get('object')
    expect(encryption.cmkArns.toSorted()).toEqual(floe ? [second] : [fixture.cmkArn, second, third].toSorted())
    expect(encryption.unverifiedCmkArns?.toSorted()).toEqual(floe ? [fixture.cmkArn, third].toSorted() : undefined)
    await client.copy('copy', 'object', { expectedKey: floe ? 'object' : undefined })
    expect((await client.get('copy')).content.equals(data)).toBe(true)
    await client.rewrap('object', { to: under(third), verify: true })
    expect((await fixture.client({ dataKeys: under(third) }).get('object')).content.equals(data)).toBe(true)
  })

  test('that of the next is taken with providers of any kind, and all keys are zeroed', async () => {
    await put([fixture.cmkArn], fixture.cmkArn, second)
    const spy = new SpyDataKeys(under(fixture.cmkArn, second))
    expect((await fixture.client({ dataKeys: spy }).get('object')).content.equals(data)).toBe(true)
    // One after the other, in the order of the header's DER: that of the ARNs.
    expect(spy.handedOut).toHaveLength(fixture.cmkArn < second ? 2 : 1)
    expect(spy.zeroed).toBe(true)
    const cache = new CachingDataKeyProvider(under(fixture.cmkArn, second), { maxAgeMs: 60_000 })
    await fixture.client({ dataKeys: cache }).get('object')
    fixture.cloud.clearRequests()
    expect((await fixture.client({ dataKeys: cache }).get('object')).content.equals(data)).toBe(true)
    expect(fixture.operations()).toEqual(['oss GetObject'])
    cache.clear()
  })

  test('and no other does, the object is not intact', async () => {
    await put([fixture.cmkArn, second], fixture.cmkArn, second)
    fixture.cloud.clearRequests()
    const both = fixture.client({ dataKeys: under(fixture.cmkArn, second) })
    expect(await rejection(both.get('object'))).toMatchObject({ code: 'IntegrityFailed' })
    expect(fixture.operations().filter((operation) => operation === 'kms Decrypt')).toHaveLength(2)
    expect(await rejection(fixture.client().get('object'))).toMatchObject({ code: 'IntegrityFailed' })
  })

  test('and the next is not to be had, it depends on whether it may be later', async () => {
    await put([fixture.cmkArn], fixture.cmkArn, second)
    const client = fixture.client({ dataKeys: under(fixture.cmkArn, second) })
    fixture.cloud.faults.add({
      service: 'kms',
      operation: 'Decrypt',
      skip: 1,
      times: Infinity,
      effect: { kind: 'throttle' },
    })
    expect(await rejection(client.get('object'))).toMatchObject({ code: 'Throttled', service: 'kms' })
    fixture.cloud.faults.clear()
    fixture.cloud.denyKey(second)
    expect(await rejection(client.get('object'))).toMatchObject({ code: 'IntegrityFailed' })
  })
})

test('a message is opened by the key that fits, too, and so is a stream', async () => {
  const writer = new EncryptionSdk({ dataKeys: misleading([fixture.cmkArn], fixture.cmkArn, second) })
  const sdk = new EncryptionSdk({ dataKeys: under(fixture.cmkArn, second) })
  const { message } = await writer.encrypt(data)
  expect(Buffer.from((await sdk.decrypt(message)).plaintext).equals(data)).toBe(true)
  const stream = Readable.from([data]).pipe(writer.encryptStream()).pipe(sdk.decryptStream())
  expect((await buffer(stream)).equals(data)).toBe(true)
})

test('of a floe object under several CMKs, what opened it is told from what nothing shows', async () => {
  const options = { format: 'floe' } as const
  const written = await fixture.client({ dataKeys: under(fixture.cmkArn, second) }).put('object', data, options)
  expect(written.encryption.cmkArns).toEqual([fixture.cmkArn, second])
  expect(written.encryption.unverifiedCmkArns).toBeUndefined()
  for (const [reader, opened, rest] of [
    [under(fixture.cmkArn), fixture.cmkArn, second],
    [under(second), second, fixture.cmkArn],
    [under(second, fixture.cmkArn), second, fixture.cmkArn],
    [new CachingDataKeyProvider(under(second, fixture.cmkArn), { maxAgeMs: 60_000 }), second, fixture.cmkArn],
  ] as const) {
    const client = fixture.client({ dataKeys: reader })
    const infos = [
      await client.get('object'),
      await client.getRange('object', { start: 1, end: 2 }),
      await client.head('object', { verifyLength: true }),
    ]
    for (const { encryption } of infos) {
      expect(encryption.cmkArns).toEqual([opened])
      expect(encryption.unverifiedCmkArns).toEqual([rest])
    }
  }
})

test.each(['gcm', 'floe'] as const)('%s: a data key of a wrong length is refused, whoever gives it', async (format) => {
  await fixture.client().put('object', data, { format })
  for (const length of [0, 16, 31, 33]) {
    const dataKeys: DataKeyProvider = {
      generateDataKey: () =>
        Promise.resolve({
          dataKey: new Uint8Array(length),
          encryptedDataKeys: [{ keyArn: fixture.cmkArn, ciphertextBlob: new Uint8Array(8) }],
        }),
      decryptDataKey: () => Promise.resolve(new Uint8Array(length)),
    }
    const client = fixture.client({ dataKeys })
    for (const run of [() => client.get('object'), () => client.put('other', data, { format })]) {
      const refused = await rejection(run())
      expect(refused).toMatchObject({ name: 'KeyError', code: 'InvalidDataKey' })
    }
  }
})

test('a provider that opens another key than it was asked about is not asked for ever', async () => {
  await fixture.client({ dataKeys: under(fixture.cmkArn, second) }).put('object', data)
  const dataKeys: DataKeyProvider = {
    generateDataKey: () => Promise.reject(new Error('not asked')),
    decryptDataKey: () => Promise.resolve(null),
    unwrapDataKey: () =>
      Promise.resolve({
        dataKey: new Uint8Array(32),
        encryptedDataKey: { keyArn: 'acs:kms:cn-hangzhou:1:key/x', ciphertextBlob: new Uint8Array(1) },
      }),
  }
  expect(await rejection(fixture.client({ dataKeys }).get('object'))).toMatchObject({ code: 'InvalidDataKey' })
})
