import { randomBytes } from 'node:crypto'
import { IntegrityError, RsaDataKeyProvider, type DataKeyProvider } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { ossSdkVectors, rsaKey, storedVector, vectorKeys } from '../support/oss-sdk-vectors.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const legacy = { allowLegacyFormats: true } as const
const old = ossSdkVectors.find(({ id }) => id === 'py1-rsa-md5len-100')!
const rsa = new RsaDataKeyProvider({ privateKey: rsaKey })

const upgrading = { from: rsa, ...legacy } as const

test.each(ossSdkVectors)('what an SDK wrote can be verified from then on: $id', async (vector) => {
  const plaintext = Buffer.from(vector.plaintextB64, 'base64')
  for (const format of ['floe', 'gcm'] as const) {
    await writeStored(fixture.oss, 'old', storedVector(vector))
    const done = await fixture.client().upgrade('old', { format, from: vectorKeys(vector), ...legacy })
    expect(done).toMatchObject({ upgraded: true, before: { format: 'oss-sdk-ctr', integrity: 'none' }, dropped: [] })
    const reader = fixture.client({ requireBinding: true, formats: [format] })
    const got = await reader.get('old', { requiredContext: { 'osscrypt:origin': 'unverified' } })
    expect(sameBytes(got.content, plaintext)).toBe(true)
    expect(got).toMatchObject({ verified: true })
    const { meta } = await readStored(fixture.oss, 'old')
    expect(Object.keys(meta).filter((name) => /client-side|oss-crypto|-alg$|unencrypted/.test(name))).toEqual([])
  }
})

test('what is beside the content stays; a second time nothing is done; a copy still says where it comes from', async () => {
  const { body, meta } = storedVector(old)
  const headers = {
    'Cache-Control': 'max-age=1',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging': 'a=b',
    'x-oss-object-acl': 'private',
  }
  await fixture.oss.put('old', body, { meta: { ...meta, mine: 'x' } as never, mime: 'text/csv', headers })
  const client = fixture.client()
  await client.upgrade('old', upgrading)
  const got = await client.get('old')
  expect(got.meta).toEqual({ mine: 'x', user: 'v1' })
  expect(got.res.headers).toMatchObject({
    'content-type': 'text/csv',
    'cache-control': 'max-age=1',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging-count': '1',
  })
  expect((await fixture.oss.getACL('old')).acl).toBe('private')
  const etag = got.res.headers['etag']
  expect(await client.upgrade('old')).toMatchObject({
    upgraded: false,
    before: { format: 'floe', integrity: 'segments' },
  })
  expect((await client.head('old')).res.headers['etag']).toBe(etag)
  await client.copy('copy', 'old')
  expect((await client.get('copy')).encryption.encryptionContext).toEqual({
    'osscrypt:object': 'copy',
    'osscrypt:origin': 'unverified',
  })
})

describe.each([5000, 40_000_000])('a gcm object of %d bytes', (length) => {
  const data = patternBytes(length)

  test('becomes floe, and the old one is kept where that was asked for', async () => {
    const client = fixture.client()
    await client.put('object', data, { encryptionContext: { a: 'b' }, meta: { mine: 'x' } })
    const done = await client.upgrade('object', { keepAs: `before ${length}` })
    expect(done).toMatchObject({ upgraded: true, before: { format: 'gcm', integrity: 'whole' } })
    const got = await client.get('object', { formats: ['floe'] })
    expect(sameBytes(got.content, data)).toBe(true)
    expect(got.meta).toEqual({ mine: 'x' })
    expect(got.encryption.encryptionContext).toEqual({ a: 'b', 'osscrypt:object': 'object' })
    const kept = await client.get(`before ${length}`, { formats: ['gcm'], expectedKey: 'object' })
    expect(sameBytes(kept.content, data)).toBe(true)
    expect(await rejection(client.upgrade('object', { format: 'gcm', keepAs: `before ${length}` }))).toMatchObject({
      serviceCode: 'FileAlreadyExists',
    })
    expect((await client.head('object')).encryption.algorithm).toBe('FLOE')
  })

  test('that was tampered with stays as it is', async () => {
    const client = fixture.client()
    await client.put('object', data)
    const stored = await readStored(fixture.oss, 'object')
    stored.body[length - 1]! ^= 1
    await writeStored(fixture.oss, 'object', stored)
    expect(await rejection(client.upgrade('object'))).toBeInstanceOf(IntegrityError)
    expect(sameBytes((await readStored(fixture.oss, 'object')).body, stored.body)).toBe(true)
    expect(await client.listUploads()).toEqual([])
  })

  test('that was replaced meanwhile is not replaced', async () => {
    const client = fixture.client()
    const other = randomBytes(1000)
    await client.put('object', data)
    let replaced = false
    const dataKeys: DataKeyProvider = {
      generateDataKey: async (request) => {
        if (!replaced) {
          replaced = true
          await fixture.client().put('object', other)
        }
        return fixture.dataKeys().generateDataKey(request)
      },
      decryptDataKey: (request) => fixture.dataKeys().decryptDataKey(request),
    }
    expect(['SourceChanged', 'ObjectChanged']).toContain(
      ((await rejection(fixture.client({ dataKeys }).upgrade('object'))) as { code?: string }).code,
    )
    expect(sameBytes((await client.get('object')).content, other)).toBe(true)
    expect(await client.listUploads()).toEqual([])
  })
})

test('the new object is stored beside the old one, bound to its name, and copied over later', async () => {
  await writeStored(fixture.oss, 'old', storedVector(old))
  const { body, meta } = await readStored(fixture.oss, 'old')
  const client = fixture.client()
  expect(await client.upgrade('old', { ...upgrading, storeAs: 'new' })).toMatchObject({ name: 'new', upgraded: true })
  expect(await readStored(fixture.oss, 'old')).toMatchObject({ body, meta })
  expect(await rejection(client.get('new'))).toMatchObject({ code: 'BindingMismatch' })
  await client.copy('old', 'new', { keepBinding: true })
  const got = await client.get('old', { requireBinding: true })
  expect(sameBytes(got.content, Buffer.from(old.plaintextB64, 'base64'))).toBe(true)
  expect(got.encryption.encryptionContext).toEqual({ 'osscrypt:object': 'old', 'osscrypt:origin': 'unverified' })
})

test('what is asked for wrongly', async () => {
  await writeStored(fixture.oss, 'old', storedVector(old))
  const client = fixture.client()
  expect(await rejection(client.upgrade('old', { from: rsa }))).toMatchObject({
    code: 'NotAllowed',
  })
  for (const options of [
    { format: 'oss-sdk-ctr' as never },
    { keepAs: 'old' },
    { storeAs: 'old' },
    { versionId: 'x' } as never,
    { headers: { 'if-match': 'x' } },
    { headers: { 'x-oss-forbid-overwrite': 'true' } },
    { format: 'gcm', segmentLength: 1024 } as const,
  ]) {
    expect(await rejection(client.upgrade('old', { ...upgrading, ...options }))).toBeInstanceOf(TypeError)
  }
  expect(await rejection(client.upgrade('missing'))).toMatchObject({ code: 'NotFound' })
  expect((await readStored(fixture.oss, 'old')).body).toEqual(storedVector(old).body)
})

test('an answer that was lost is not taken for somebody else who replaced the object', async () => {
  const client = fixture.client()
  await client.put('old', Buffer.from('the data'))
  fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: 'drop-answer' } })
  expect(await client.upgrade('old')).toMatchObject({ upgraded: true })
  expect((await client.get('old')).content.toString()).toBe('the data')
})

test.each([1, 3])('a large object goes in parts, %d of them at a time', async (parallel) => {
  const plaintext = patternBytes(20 * 1024 * 1024)
  const client = fixture.client()
  await client.put('large', plaintext)
  fixture.cloud.faults.add({
    service: 'oss',
    times: Infinity,
    operation: 'UploadPart',
    effect: { kind: 'delay', delayMs: 30 },
  })
  let [running, most] = [0, 0]
  const store = fixture.oss as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const uploadPart = store['_uploadPart']!.bind(store)
  store['_uploadPart'] = async (...args) => {
    most = Math.max(most, ++running)
    try {
      return await uploadPart(...args)
    } finally {
      running--
    }
  }
  try {
    await client.upgrade('large', { parallel })
  } finally {
    delete store['_uploadPart']
  }
  expect(most).toBe(parallel)
  expect(sameBytes((await client.get('large')).content, plaintext)).toBe(true)
  for (const wrong of [0, 1.5, 65])
    expect(await rejection(client.upgrade('large', { parallel: wrong }))).toBeInstanceOf(RangeError)
})
