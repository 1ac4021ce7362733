import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { EncryptionSdk, KmsDataKeyProvider, NotEncryptedError, noRetry } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { MemoryKms } from '../kms/memory-kms.js'
import { cmksOf, fromBase64, readVectors, type Vector } from '../message/vector-file.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const fixture = useCloud()
const allow = { allowUnauthenticatedAlgorithms: true } as const
const forms = ['message', 'stream'] as const

const isMessage = ({ form }: Vector) => form === 'asn1-message' || form === 'stream'

/** A client that has just the CMKs of a vector. */
function clientOf(vector: Vector) {
  const kms = new MemoryKms(vector.encryptedDataKeys, vector.encryptionContext)
  const client = fixture.client({ dataKeys: new KmsDataKeyProvider(cmksOf(vector), { kms, retry: noRetry }) })
  return { kms, client }
}

test.each(['java', 'python'] as const)('what the SDK for %s wrote is read as an object', async (file) => {
  const vectors = readVectors(file).filter(isMessage)
  expect(vectors.length).toBeGreaterThan(20)
  for (const vector of vectors) {
    const { client } = clientOf(vector)
    const plaintext = fromBase64(vector.plaintext)
    await fixture.oss.put('message', fromBase64(vector.output))
    const got = await client.get('message', allow)
    expect(sameBytes(got.content, plaintext), vector.name).toBe(true)
    const isAuthenticated = vector.algorithm.includes('GCM')
    expect(got).toMatchObject({
      format: 'message-body',
      verified: isAuthenticated,
      encryption: { algorithm: vector.algorithm },
    })
    const { stream } = await client.getStream('message', allow)
    expect(sameBytes(await buffer(stream), plaintext), vector.name).toBe(true)
    expect(await client.head('message')).toMatchObject({ format: 'message-body', verified: false })
    if (!isAuthenticated || plaintext.length < 2) continue
    const { content } = await client.getRange('message', { start: 1 }, { allowUnverifiedRange: true })
    expect(sameBytes(content, plaintext.subarray(1)), vector.name).toBe(true)
  }
})

test('what was changed is refused, before KMS is asked where that can be', async () => {
  const vectors = readVectors('tampered').filter((vector) => isMessage(vector) && vector.expect === 'reject')
  expect(vectors.length).toBeGreaterThan(100)
  for (const vector of vectors) {
    const { client, kms } = clientOf(vector)
    await fixture.oss.put('message', fromBase64(vector.output))
    const { code } = await rejection(client.get('message', allow))
    expect(code, vector.name).toMatch(
      /^(InvalidFormat|Unsupported\w+|LimitExceeded|IntegrityFailed|WrongContext|DataKeyUnavailable|NoMatchingKey|BadAnswer|NotEncrypted)$/,
    )
    if (/^(InvalidFormat|Unsupported|LimitExceeded|NotEncrypted)/.test(String(code)))
      expect(kms.requests, vector.name).toEqual([])
    expect(kms.zeroed).toBe(true)
  }
})

describe.each(forms)('%s', (messageForm) => {
  const format = { format: 'message-body', messageForm } as const

  test.each([0, 1, 16, 5000, 200_000])(
    'of %i bytes: the Encryption SDK reads it, and so does the client',
    async (length) => {
      const plaintext = patternBytes(length)
      const client = fixture.client()
      const put = await client.put('message', plaintext, { ...format, encryptionContext: { team: 'red' } })
      const { body, meta } = await readStored(fixture.oss, 'message')
      expect(meta).toEqual({})
      const sdk = new EncryptionSdk({ dataKeys: fixture.dataKeys() })
      const opened = messageForm === 'message' ? (await sdk.decrypt(body)).plaintext : await buffer(streamOf(sdk, body))
      expect(sameBytes(opened, plaintext)).toBe(true)
      const got = await client.get('message', { requireBinding: true, requiredContext: { team: 'red' } })
      expect(sameBytes(got.content, plaintext)).toBe(true)
      expect(got.encryption).toEqual(put.encryption)
      expect(await client.head('message')).toMatchObject({ plaintextLength: length, integrity: 'whole' })
      expect(await client.verify('message')).toMatchObject({ verified: true })
    },
  )

  test('of a file in parts, of a stream, under every mode', async () => {
    const plaintext = patternBytes(900_000)
    const path = join(fixture.folder, 'file')
    writeFileSync(path, plaintext)
    const client = fixture.client({ multipartThreshold: 300_000, memoryLimit: 200_000 })
    const checkpoint = join(fixture.folder, 'checkpoint')
    await client.put('message', path, { ...format, partLength: 128 * 1024, checkpoint })
    expect(fixture.operations().filter((each) => each === 'oss UploadPart')).toHaveLength(7)
    const target = join(fixture.folder, 'copy')
    await client.get('message', target, { checkpoint: join(fixture.folder, 'download') })
    expect(sameBytes(readFileSync(target), plaintext)).toBe(true)
    for (const algorithm of ['AES_CBC_PKCS5_256', 'AES_CTR_NOPADDING_128', 'SM4_GCM_NOPADDING_128'] as const) {
      const stream = new Blob([plaintext.subarray(0, 70_001)]).stream()
      await client.put('message', stream, { ...format, algorithm, ...allow })
      const got = await client.get('message', allow)
      expect(sameBytes(got.content, plaintext.subarray(0, 70_001)), algorithm).toBe(true)
    }
  })

  test('every bit of it, every cut and every byte behind it is noticed', async () => {
    const client = fixture.client()
    await client.put('message', patternBytes(40), format)
    const { body } = await readStored(fixture.oss, 'message')
    const refused = async (bytes: Uint8Array, what: string) => {
      await fixture.oss.put('changed', Buffer.from(bytes))
      expect(await rejection(client.get('changed', { expectedKey: 'message' })), what).toHaveProperty('code')
    }
    for (let at = 0; at < body.length; at += 3) {
      const changed = Buffer.from(body)
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at)
      await refused(changed, `bit of byte ${String(at)}`)
    }
    for (let length = 1; length < body.length; length += 7)
      await refused(body.subarray(0, length), `cut at ${String(length)}`)
    await refused(Buffer.concat([body, Buffer.alloc(1)]), 'a byte more')
    await refused(Buffer.concat([body, body]), 'twice')
  })

  test('is bound, copied, upgraded; not rewrapped; left out by `formats`', async () => {
    const client = fixture.client()
    await client.put('message', patternBytes(100), { ...format, encryptionContext: { team: 'red' } })
    await fixture.oss.copy('elsewhere', 'message')
    expect(await rejection(client.get('elsewhere'))).toMatchObject({ code: 'BindingMismatch' })
    await client.copy('copy', 'message')
    expect(await client.get('copy')).toMatchObject({ format: 'message-body', content: patternBytes(100) })
    expect((await readStored(fixture.oss, 'copy')).body[0]).toBe(messageForm === 'message' ? 0x30 : 0)
    const to = await fixture.cloud.createKey()
    expect(await rejection(client.rewrap('message', { to }))).toMatchObject({ code: 'NotAllowed' })
    expect(await rejection(client.get('message', { formats: ['gcm', 'floe'] }))).toMatchObject({ code: 'NotAllowed' })
    expect(await rejection(client.getRange('message', { start: 0, end: 1 }))).toMatchObject({ code: 'NotAllowed' })
    expect(await rejection(client.openRandomAccess('message'))).toMatchObject({ code: 'NotAllowed' })
    expect(await client.upgrade('message')).toMatchObject({
      upgraded: true,
      before: { format: 'message-body', integrity: 'whole' },
      encryption: { encryptionContext: { team: 'red', 'osscrypt:object': 'message' } },
    })
    expect(await client.get('message', { formats: ['floe'] })).toMatchObject({ content: patternBytes(100) })
  })
})

function streamOf(sdk: EncryptionSdk, bytes: Uint8Array) {
  const stream = sdk.decryptStream()
  stream.end(bytes)
  return stream
}

test('a context that does not fit in metadata fits in a body', async () => {
  const client = fixture.client()
  const encryptionContext = { long: 'x'.repeat(7000), also: 'y'.repeat(900) }
  expect(await rejection(client.put('message', Buffer.from('text'), { encryptionContext }))).toMatchObject({
    code: 'LimitExceeded',
  })
  await client.put('message', Buffer.from('text'), { encryptionContext, format: 'message-body' })
  expect((await client.get('message')).content.toString()).toBe('text')
})

test('what begins like no message is not encrypted, and KMS is not asked', async () => {
  const client = fixture.client()
  const h264 = Buffer.from('000000016742001e', 'hex')
  const dsStore = Buffer.from('0000000142756431', 'hex')
  const certificate = Buffer.from('308203a13082028902', 'hex')
  for (const text of ['', '0', '000', '0'.repeat(20_000), 'plain', h264, dsStore, certificate]) {
    await fixture.oss.put('plain', Buffer.from(text))
    fixture.cloud.clearRequests()
    const range = { start: 0 }
    for (const call of [() => client.get('plain'), () => client.head('plain'), () => client.getRange('plain', range)]) {
      expect(await rejection(call())).toBeInstanceOf(NotEncryptedError)
    }
    expect(fixture.operations().filter((each) => each.startsWith('kms'))).toEqual([])
  }
})

test('a copy whose answer was lost is told from an object that was there', async () => {
  const client = fixture.client()
  const headers = { 'x-oss-forbid-overwrite': 'true' }
  await client.put('message', Buffer.from('text'), { format: 'message-body', bindToObject: false })
  fixture.cloud.faults.add({ service: 'oss', operation: 'CopyObject', effect: { kind: 'drop-answer' } })
  await client.copy('copied once', 'message', { headers })
  expect((await client.get('copied once')).content.toString()).toBe('text')
  await client.put('other', Buffer.from('text'), { format: 'message-body', bindToObject: false })
  expect(await rejection(client.copy('copied once', 'other', { headers }))).toMatchObject({
    serviceCode: 'FileAlreadyExists',
  })
})

test('options of one format are refused by the others', async () => {
  const client = fixture.client()
  const put = (options: object) => rejection(client.put('message', Buffer.from('text'), options))
  expect(await put({ messageForm: 'stream' })).toBeInstanceOf(TypeError)
  expect(await put({ format: 'floe', messageForm: 'stream' })).toBeInstanceOf(TypeError)
  expect(await put({ format: 'message-body', segmentLength: 1024 })).toBeInstanceOf(TypeError)
  expect(await put({ segmentLength: false })).toBeInstanceOf(TypeError)
  expect(await put({ messageForm: false })).toBeInstanceOf(TypeError)
  expect(await put({ format: 'message-body', messageForm: 'none' })).toBeInstanceOf(TypeError)
  expect(await put({ format: 'message-body', writeWithoutIntegrity: true })).toBeInstanceOf(TypeError)
})
