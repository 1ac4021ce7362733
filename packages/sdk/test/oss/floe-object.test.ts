import { buffer } from 'node:stream/consumers'
import { FormatError, IntegrityError, KmsDataKeyProvider, OsscryptError } from 'osscrypt'
import type { PutOptions } from 'osscrypt/oss'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'
import { ENVELOPE, readStored, type StoredObject, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const SEGMENT = 1024
const format: PutOptions = { format: 'floe', segmentLength: SEGMENT }
const data = patternBytes(5000)
let stored: StoredObject
let foreign: string
beforeAll(async () => {
  foreign = await fixture.cloud.createKey()
})
beforeEach(async () => {
  await fixture.client().put('object', data, format)
  stored = await readStored(fixture.oss, 'object')
})

/** Every way to read an object; each must end with an error. */
async function expectRefused(name: string, error: object): Promise<void> {
  const client = fixture.client()
  const readings = [
    () => client.get(name),
    async () => buffer((await client.getStream(name)).stream),
    () => client.get(name, `${fixture.folder}/file`),
    () => client.getRange(name, { start: 0, end: 3 }),
    () => client.getRange(name, { start: -4 }),
    () => client.getRange(name, { start: 4000, end: 4003 }, { allowUnverifiedRange: true }),
  ]
  for (const read of readings) {
    const rejected = await rejection(read())
    expect(rejected).toBeInstanceOf(OsscryptError)
    expect(rejected).toMatchObject(error)
  }
  expect(await fixture.files()).toEqual([])
}

const integrity = { code: 'IntegrityFailed' }

describe('what does not belong together is refused', () => {
  test('an object under another name', async () => {
    await writeStored(fixture.oss, 'other', stored)
    await expectRefused('other', { code: 'BindingMismatch' })
    const { content } = await fixture.client().get('other', { expectedKey: 'object' })
    expect(sameBytes(content, data)).toBe(true)
  })

  test("one object's envelope and another's body", async () => {
    await fixture.client().put('other', patternBytes(5000, 2), format)
    const other = await readStored(fixture.oss, 'other')
    await writeStored(fixture.oss, 'object', { body: other.body, meta: stored.meta })
    await expectRefused('object', integrity)
    await writeStored(fixture.oss, 'object', { body: stored.body, meta: other.meta })
    await expectRefused('object', { code: 'BindingMismatch' })
  })

  test('an envelope and the body of another version of the object', async () => {
    await fixture.client().put('object', patternBytes(5000, 3), format)
    const newer = await readStored(fixture.oss, 'object')
    await writeStored(fixture.oss, 'object', { body: newer.body, meta: stored.meta })
    await expectRefused('object', integrity)
  })

  test("one body's header before another's segments", async () => {
    await fixture.client().put('object', data, format)
    const newer = await readStored(fixture.oss, 'object')
    const body = Buffer.concat([newer.body.subarray(0, 74), stored.body.subarray(74)])
    await writeStored(fixture.oss, 'object', { body, meta: newer.meta })
    await expectRefused('object', integrity)
  })

  test('a context with another binding, or another entry', async () => {
    await fixture.client().put('object', data, { ...format, encryptionContext: { tenant: 'blue' } })
    const { body, meta } = await readStored(fixture.oss, 'object')
    const header = Buffer.from(meta[ENVELOPE.header] ?? '', 'base64').toString('latin1')
    const changed = (from: string, to: string) => ({
      ...meta,
      [ENVELOPE.header]: Buffer.from(header.replace(from, to), 'latin1').toString('base64'),
    })
    await writeStored(fixture.oss, 'objecu', { body, meta: changed('object\x04\x06object', 'object\x04\x06objecu') })
    await expectRefused('objecu', integrity)
    await writeStored(fixture.oss, 'object', { body, meta: changed('blue', 'grue') })
    await expectRefused('object', { code: 'WrongContext' })
  })

  test('a data key that KMS gave for something else', async () => {
    // With a context that KMS binds nothing to, any wrapped key of the CMK opens: it is the body that tells.
    await fixture.client().put('other', data, format)
    const other = await readStored(fixture.oss, 'other')
    const blobOf = ({ meta }: StoredObject) => Buffer.from(meta[ENVELOPE.header] ?? '', 'base64').toString('latin1')
    const swapped = blobOf(other).replace('other', 'object')
    expect(swapped.length).toBe(blobOf(stored).length)
    const [, ours] = blobOf(stored).split(fixture.cmkArn)
    const [, theirs] = blobOf(other).split(fixture.cmkArn)
    const keyLength = (ours ?? '').indexOf('osscrypt:object') - 6
    const header = blobOf(stored).replace((ours ?? '').slice(0, keyLength), () => (theirs ?? '').slice(0, keyLength))
    const meta = { ...stored.meta, [ENVELOPE.header]: Buffer.from(header, 'latin1').toString('base64') }
    await writeStored(fixture.oss, 'object', { body: stored.body, meta })
    await expectRefused('object', integrity)
  })

  test('a reader with another CMK', async () => {
    const dataKeys = new KmsDataKeyProvider(foreign, kmsOptions(fixture.cloud))
    fixture.cloud.clearRequests()
    const client = fixture.client({ dataKeys })
    for (const reading of [client.get('object'), client.getRange('object', { start: 0, end: 1 })]) {
      expect(await rejection(reading)).toMatchObject({ code: 'NoMatchingKey' })
    }
    expect(fixture.operations().filter((operation) => operation.startsWith('kms'))).toEqual([])
  })

  test('a floe envelope on a gcm body, and a gcm envelope on a floe body', async () => {
    await fixture.client().put('object', data)
    const gcm = await readStored(fixture.oss, 'object')
    await writeStored(fixture.oss, 'object', { body: gcm.body, meta: stored.meta })
    await expectRefused('object', {})
    await writeStored(fixture.oss, 'object', { body: stored.body, meta: gcm.meta })
    expect(await rejection(fixture.client().get('object'))).toBeInstanceOf(IntegrityError)
    const both = { ...gcm.meta, ...stored.meta }
    await writeStored(fixture.oss, 'object', { body: stored.body, meta: both })
    await expectRefused('object', { code: 'InvalidFormat' })
  })
})

describe('a body that was changed', () => {
  const flip = (at: number) => {
    const body = Buffer.from(stored.body)
    body[at] = (body[at] ?? 0) ^ 1
    return body
  }

  test.each([0, 2, 5, 9, 10, 41, 42, 73, 74, 78, 90, 74 + SEGMENT - 1, 74 + SEGMENT, 74 + 4 * SEGMENT + 20])(
    'at byte %i is refused whole, and no file is left',
    async (at) => {
      await writeStored(fixture.oss, 'object', { body: flip(at), meta: stored.meta })
      const client = fixture.client()
      for (const read of [() => client.get('object'), () => client.get('object', `${fixture.folder}/file`)]) {
        const rejected = await rejection(read())
        expect(rejected instanceof IntegrityError || rejected instanceof FormatError).toBe(true)
      }
      expect(await fixture.files()).toEqual([])
    },
  )

  test('is read up to the segment that was changed, and as ranges where it was not', async () => {
    await writeStored(fixture.oss, 'object', { body: flip(74 + 2 * SEGMENT + 100), meta: stored.meta })
    const client = fixture.client()
    const { stream } = await client.getStream('object')
    const chunks: Buffer[] = []
    const rejected = await rejection(
      (async () => {
        for await (const chunk of stream) chunks.push(chunk as Buffer)
      })(),
    )
    expect(rejected).toBeInstanceOf(IntegrityError)
    const before = Buffer.concat(chunks)
    expect(before.length).toBeLessThanOrEqual(2 * (SEGMENT - 32))
    expect(sameBytes(before, data.subarray(0, before.length))).toBe(true)
    const { content } = await client.getRange('object', { start: 4000, end: 4999 })
    expect(sameBytes(content, data.subarray(4000, 5000))).toBe(true)
    expect(await rejection(client.getRange('object', { start: 2000, end: 2100 }))).toBeInstanceOf(IntegrityError)
  })
})

test('every envelope has its own key, and every attempt its own nonces', async () => {
  fixture.cloud.clearRequests()
  const nonces = new Set<string>()
  for (let round = 0; round < 5; round += 1) {
    await fixture.client().put('object', data, format)
    const { body } = await readStored(fixture.oss, 'object')
    nonces.add(body.toString('hex', 10, 42))
    for (let start = 74; start < body.length; start += SEGMENT) nonces.add(body.toString('hex', start + 4, start + 16))
  }
  expect(nonces.size).toBe(5 * 7)
})

test('the data key is zeroed, however it ends', async () => {
  const dataKeys = new SpyDataKeys(fixture.dataKeys())
  const client = fixture.client({ dataKeys })
  await client.put('object', data, format)
  await client.get('object')
  await (await client.getStream('object')).stream.toArray()
  await client.getRange('object', { start: 1, end: 2 })
  await rejection(client.getRange('object', { start: 5000 }))
  await writeStored(fixture.oss, 'object', { ...stored, meta: (await readStored(fixture.oss, 'object')).meta })
  await rejection(client.get('object'))
  await rejection(client.getRange('object', { start: 1, end: 2 }))
  expect(dataKeys.handedOut.length).toBeGreaterThanOrEqual(7)
  expect(dataKeys.zeroed).toBe(true)
})
