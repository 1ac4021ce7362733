import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, IntegrityError, KeyError, NotEncryptedError, OsscryptError, ServiceError } from 'osscrypt'
import { beforeAll, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'
import { ENVELOPE, readStored, writeStored, type StoredObject } from '../support/stored-object.js'

const fixture = useCloud()
const MEMORY_LIMIT = 128 * 1024

/** Objects on both sides of the memory limit. */
const objects: Record<'small' | 'large' | 'other' | 'empty', StoredObject> = {} as never
beforeAll(async () => {
  for (const [name, length] of [
    ['small', 100],
    ['large', 300_000],
    ['other', 100],
    ['empty', 0],
  ] as const) {
    await fixture
      .client()
      .put(name, patternBytes(length, name.length), { encryptionContext: { purpose: 'test' }, bindToObject: false })
    objects[name] = await readStored(fixture.oss, name)
  }
})

type Change = (object: StoredObject) => { body?: Buffer; meta?: Record<string, string | undefined> }

/** Stores a changed object and reads it in every way that verifies: each fails, hands out nothing and leaves nothing. */
async function refuses(object: StoredObject, change: Change): Promise<Error[]> {
  const { body = object.body, meta = {} } = change(object)
  const changed = Object.entries({ ...object.meta, ...meta }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  await writeStored(fixture.oss, 'tampered', { body, meta: Object.fromEntries(changed) })
  const dataKeys = new SpyDataKeys(fixture.dataKeys())
  const client = fixture.client({ dataKeys, memoryLimit: MEMORY_LIMIT })
  const existing = join(fixture.folder, 'existing')
  await writeFile(existing, 'before')
  const errors = [
    await rejection(client.get('tampered')),
    await rejection(client.get('tampered', existing)),
    await rejection(client.get('tampered', join(fixture.folder, 'new'))),
    await rejection(client.getStream('tampered')),
    await rejection(client.copy('copy', 'tampered', { expectedKey: 'elsewhere' }).then(() => client.get('copy'))),
  ]
  for (const error of errors) expect(error).toBeInstanceOf(OsscryptError)
  expect(await readFile(existing, 'utf8')).toBe('before')
  expect(await fixture.files()).toEqual(['existing'])
  expect(dataKeys.zeroed).toBe(true)
  return errors
}

function flip(bytes: Buffer, index: number, mask = 1): Buffer {
  const copy = Buffer.from(bytes)
  copy[index] = copy[index]! ^ mask
  return copy
}

/** Changes an entry of the envelope as bytes. */
function entry(name: keyof typeof ENVELOPE, change: (bytes: Buffer, object: StoredObject) => Buffer): Change {
  return (object) => ({
    meta: { [ENVELOPE[name]]: change(Buffer.from(object.meta[ENVELOPE[name]]!, 'base64'), object).toString('base64') },
  })
}

const body = (change: (bytes: Buffer) => Buffer): Change => {
  return (object) => ({ body: change(object.body) })
}

describe.each(['small', 'large'] as const)('a %s object', (size) => {
  test('is what it should be before it is changed', async () => {
    await writeStored(fixture.oss, 'same', objects[size])
    expect((await fixture.client().get('same')).content).toHaveLength(objects[size].body.length)
  })

  test.each<[string, Change]>([
    ['first byte changed', body((bytes) => flip(bytes, 0))],
    ['byte in the middle changed', body((bytes) => flip(bytes, bytes.length >> 1, 0x80))],
    ['last byte changed', body((bytes) => flip(bytes, bytes.length - 1))],
    ['last byte cut off', body((bytes) => bytes.subarray(0, -1))],
    ['last block cut off', body((bytes) => bytes.subarray(0, -16))],
    ['everything cut off', body(() => Buffer.alloc(0))],
    ['all but one byte cut off', body((bytes) => bytes.subarray(0, 1))],
    ['first byte cut off', body((bytes) => bytes.subarray(1))],
    ['byte appended', body((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
    ['block appended', body((bytes) => Buffer.concat([bytes, Buffer.alloc(16)]))],
    [
      'tag appended',
      (object) => ({ body: Buffer.concat([object.body, Buffer.from(object.meta[ENVELOPE.authTag]!, 'base64')]) }),
    ],
    ['body doubled', body((bytes) => Buffer.concat([bytes, bytes]))],
    [
      'two blocks swapped',
      body((bytes) => Buffer.concat([bytes.subarray(16, 32), bytes.subarray(0, 16), bytes.subarray(32)])),
    ],
    ['body of another object', () => ({ body: objects.other.body })],
    ['iv of another object', () => ({ meta: { [ENVELOPE.iv]: objects.other.meta[ENVELOPE.iv] } })],
    ['tag of another object', () => ({ meta: { [ENVELOPE.authTag]: objects.other.meta[ENVELOPE.authTag] } })],
    ['header of another object', () => ({ meta: { [ENVELOPE.header]: objects.other.meta[ENVELOPE.header] } })],
    ['envelope of another object', () => ({ meta: objects.other.meta })],
    ['envelope of an empty object', () => ({ meta: objects.empty.meta })],
  ])('%s', async (_title, change) => {
    for (const error of await refuses(objects[size], change)) expect(error).toBeInstanceOf(IntegrityError)
  })
})

describe('an empty object', () => {
  test.each<[string, Change]>([
    ['byte appended', body(() => Buffer.alloc(1))],
    ['tag changed', entry('authTag', (bytes) => flip(bytes, 3))],
    ['iv changed', entry('iv', (bytes) => flip(bytes, 3))],
  ])('%s', async (_title, change) => {
    for (const error of await refuses(objects.empty, change)) expect(error).toBeInstanceOf(IntegrityError)
  })
})

describe('iv and tag', () => {
  test.each([...Array(12).keys()])('byte %i of the iv changed', async (index) => {
    for (const error of await refuses(
      objects.small,
      entry('iv', (bytes) => flip(bytes, index)),
    ))
      expect(error).toBeInstanceOf(IntegrityError)
  })

  test.each([...Array(16).keys()])('byte %i of the tag changed', async (index) => {
    for (const error of await refuses(
      objects.small,
      entry('authTag', (bytes) => flip(bytes, index, 0x40)),
    ))
      expect(error).toBeInstanceOf(IntegrityError)
  })

  test.each([0, 1, 4, 8, 12, 13, 14, 15, 17, 32])('a tag of %i bytes', async (length) => {
    const change = entry('authTag', (bytes) => Buffer.concat([bytes, Buffer.alloc(16)]).subarray(0, length))
    for (const error of await refuses(objects.small, change)) expect(error).toBeInstanceOf(FormatError)
    expect(fixture.operations()).not.toContain('kms Decrypt')
  })

  test.each([0, 1, 8, 11, 13, 16, 128])('an iv of %i bytes', async (length) => {
    const change = entry('iv', (bytes) => Buffer.concat([bytes, Buffer.alloc(128)]).subarray(0, length))
    for (const error of await refuses(objects.small, change)) expect(error).toBeInstanceOf(FormatError)
    expect(fixture.operations()).not.toContain('kms Decrypt')
  })
})

describe('the header', () => {
  test('any byte changed', { timeout: 60_000 }, async () => {
    const header = Buffer.from(objects.small.meta[ENVELOPE.header]!, 'base64')
    const client = fixture.client({ retry: { maxAttempts: 1, delayMs: () => 0 } })
    for (let index = 0; index < header.length; index += 1) {
      const meta = {
        ...objects.small.meta,
        [ENVELOPE.header]: flip(header, index, 1 << (index % 8)).toString('base64'),
      }
      await writeStored(fixture.oss, 'tampered', { body: objects.small.body, meta })
      const error = await rejection(client.get('tampered'))
      const typed = [FormatError, IntegrityError, KeyError, ServiceError].some((kind) => error instanceof kind)
      expect(typed, `byte ${index}: ${String(error)}`).toBe(true)
      if (error instanceof ServiceError) expect(error).toMatchObject({ service: 'kms', retryable: false })
    }
  })

  test.each([0, 1, 2, 3, 4, 5, 17, 100])('cut to %i bytes', async (length) => {
    for (const error of await refuses(
      objects.small,
      entry('header', (bytes) => bytes.subarray(0, length)),
    ))
      expect(error).toBeInstanceOf(FormatError)
    expect(fixture.operations()).not.toContain('kms Decrypt')
  })

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['a byte appended', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ['doubled', (bytes) => Buffer.concat([bytes, bytes])],
    ['of random bytes', (bytes) => patternBytes(bytes.length, 9)],
  ])('%s', async (_title, change) => {
    for (const error of await refuses(objects.small, entry('header', change))) expect(error).toBeInstanceOf(FormatError)
    expect(fixture.operations()).not.toContain('kms Decrypt')
  })

  test.each(['not base64!', 'QQ', 'QQ=', 'QR==', 'Q Q=', '\t'])('that is not base64: %j', async (text) => {
    for (const error of await refuses(objects.small, () => ({ meta: { [ENVELOPE.header]: text } })))
      expect(error).toBeInstanceOf(FormatError)
  })

  test.each([
    ['AES_GCM_NOPADDING_128', 1],
    ['AES_CBC_NOPADDING_256', 4],
    ['AES_CBC_PKCS5_256', 6],
    ['AES_CTR_NOPADDING_128', 7],
    ['AES_CTR_NOPADDING_256', 8],
    ['SM4_GCM_NOPADDING_128', 9],
    ['SM4_CTR_NOPADDING_128', 12],
    ['nothing', 0],
    ['nothing', 13],
    ['nothing', 127],
  ])('downgraded to %s', async (_name, id) => {
    const errors = await refuses(
      objects.small,
      entry('header', (bytes) => replaceAlgorithm(bytes, id)),
    )
    for (const error of errors) expect(error.name).toMatch(/^(FormatError|IntegrityError|OsscryptError|ServiceError)$/)
    const { iv, authTag } = ENVELOPE
    const meta = { [iv]: Buffer.alloc(16).toString('base64'), [authTag]: undefined }
    await refuses(objects.small, (object) => ({
      meta: { ...entry('header', (bytes) => replaceAlgorithm(bytes, id))(object).meta, ...meta },
    }))
    const client = fixture.client()
    await writeStored(fixture.oss, 'tampered', {
      body: objects.small.body,
      meta: {
        ...objects.small.meta,
        ...meta,
        [authTag]: '',
        ...entry('header', (bytes) => replaceAlgorithm(bytes, id))(objects.small).meta,
      },
    })
    expect(await rejection(client.get('tampered', { allowUnauthenticatedAlgorithms: true }))).toBeInstanceOf(
      OsscryptError,
    )
  })

  test('of another version', async () => {
    const errors = await refuses(
      objects.small,
      entry('header', (bytes) => flip(bytes, bytes.indexOf(Buffer.from([2, 1, 1])) + 2, 3)),
    )
    for (const error of errors) expect(error).toMatchObject({ code: 'UnsupportedVersion' })
  })
})

describe('an envelope of which something is missing', () => {
  test.each([
    ['header', FormatError],
    ['iv', FormatError],
    ['authTag', FormatError],
  ] as const)('the %s', async (name, kind) => {
    for (const error of await refuses(objects.small, () => ({ meta: { [ENVELOPE[name]]: undefined } })))
      expect(error).toBeInstanceOf(kind)
    expect(fixture.operations()).not.toContain('kms Decrypt')
  })

  test('all of it', async () => {
    const { header, iv, authTag } = ENVELOPE
    const change = () => ({ meta: { [header]: undefined, [iv]: undefined, [authTag]: undefined } })
    for (const error of await refuses(objects.small, change)) expect(error).toBeInstanceOf(NotEncryptedError)
    expect(await rejection(fixture.client().head('tampered'))).toBeInstanceOf(NotEncryptedError)
    const range = fixture.client().getRange('tampered', { start: 0 }, { allowUnverifiedRange: true })
    expect(await rejection(range)).toBeInstanceOf(NotEncryptedError)
  })

  test('moved to the names with a single prefix, it is the same envelope', async () => {
    const { header, iv, authTag } = ENVELOPE
    const { meta, body: bytes } = objects.small
    await writeStored(fixture.oss, 'single', {
      body: bytes,
      meta: { header: meta[header]!, iv: meta[iv]!, authtag: meta[authTag]! },
    })
    expect((await fixture.client().get('single')).content).toHaveLength(bytes.length)
  })

  test('under both names, the doubled prefix counts, whatever the other says', async () => {
    const { meta, body: bytes } = objects.small
    await writeStored(fixture.oss, 'both', { body: bytes, meta: { ...meta, header: 'x', iv: 'y', authtag: 'z' } })
    const got = await fixture.client().get('both')
    expect(got.content).toHaveLength(bytes.length)
    expect(got.meta).toEqual({ header: 'x', iv: 'y', authtag: 'z' })
  })
})

/** The number after the version, in a DER header. */
function replaceAlgorithm(header: Buffer, id: number): Buffer {
  const copy = Buffer.from(header)
  const index = copy.indexOf(Buffer.from([2, 1, 1, 2, 1]))
  copy[index + 5] = id
  return copy
}
