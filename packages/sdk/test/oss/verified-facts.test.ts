import { KmsDataKeyProvider } from 'osscrypt'
import type { PutOptions } from 'osscrypt/oss'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { describeHeader } from '../../src/keys/verified-header.js'
import { decodeHeader } from '../../src/message/header.js'
import { patternBytes } from '../support/bytes.js'
import { kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { changeAnswers, replaceEnvelope } from '../support/changed-answers.js'
import { rejection } from '../support/rejection.js'
import { readStored, type StoredObject } from '../support/stored-object.js'

const fixture = useCloud()
const data = patternBytes(5000)
const floe = { format: 'floe', segmentLength: 1024 } as const
const formats: readonly (readonly ['gcm' | 'floe', PutOptions])[] = [
  ['gcm', {}],
  ['floe', floe],
]
let next: string
beforeAll(async () => {
  next = await fixture.cloud.createKey()
})
afterEach(() => {
  vi.restoreAllMocks()
})

const requirements = [
  { requiredContext: { tenant: 'good' } },
  { expectedKey: 'object' },
  { requireBinding: true },
  { formats: ['floe', 'gcm'] },
] as const

/** An object, and others whose envelopes a store that lies may show in place of its own. */
async function putAll(options: PutOptions): Promise<Record<'good' | 'evil' | 'unbound', StoredObject>> {
  const client = fixture.client()
  const others = {} as Record<'good' | 'evil' | 'unbound', StoredObject>
  for (const [title, more] of [
    ['evil', { encryptionContext: { tenant: 'EVIL' } }],
    ['unbound', { encryptionContext: { tenant: 'good' }, bindToObject: false }],
    ['good', { encryptionContext: { tenant: 'good' } }],
  ] as const) {
    await client.put('object', data, { ...options, ...more })
    others[title] = await readStored(fixture.oss, 'object')
  }
  return others
}

describe('head with verifyLength', () => {
  test('says what it has verified, whatever HEAD says', async () => {
    const { evil } = await putAll(floe)
    changeAnswers(fixture.oss, 'head', ({ headers }) => {
      replaceEnvelope(headers, evil.headers)
      headers['content-length'] = '74'
    })
    const required = { requiredContext: { tenant: 'good' }, requireBinding: true } as const
    const result = await fixture.client().head('object', { verifyLength: true, ...required })
    expect(result).toMatchObject({ verified: true, plaintextLength: data.length })
    expect(result.encryption.encryptionContext).toEqual({ tenant: 'good', 'osscrypt:object': 'object' })
    expect(JSON.stringify(result)).not.toContain('EVIL')
  })

  test.each(formats)('refuses what its requirements do not meet, %s', async (format, options) => {
    await putAll(options)
    const client = fixture.client()
    for (const [required, code] of [
      [{ requiredContext: { tenant: 'other' } }, 'ContextMismatch'],
      [{ expectedKey: 'other' }, 'BindingMismatch'],
      [{ formats: [format === 'gcm' ? 'floe' : 'gcm'] as const }, 'NotAllowed'],
    ] as const) {
      const expected = format === 'gcm' && code === 'ContextMismatch' ? 'NotAllowed' : code
      expect(await rejection(client.head('object', { verifyLength: true, ...required }))).toMatchObject({
        code: expected,
      })
    }
  })
})

describe.each(formats)('head without it, %s', (_format, options) => {
  test('says that nothing of it is verified', async () => {
    const { evil } = await putAll(options)
    changeAnswers(fixture.oss, 'head', ({ headers }) => {
      replaceEnvelope(headers, evil.headers)
    })
    if (options.format === 'floe') {
      // Two answers that differ are not taken for one.
      expect(await rejection(fixture.client().head('object'))).toMatchObject({ code: 'ObjectChanged' })
      return
    }
    expect(await fixture.client().head('object')).toMatchObject({
      verified: false,
      encryption: { unverified: true, encryptionContext: { tenant: 'EVIL' } },
    })
  })

  test.each(requirements)('refuses %o, and says what to do', async (required) => {
    await putAll(options)
    fixture.cloud.clearRequests()
    const refused = await rejection(fixture.client().head('object', required))
    expect(refused).toBeInstanceOf(TypeError)
    expect(refused.message).toContain(Object.keys(required)[0])
    expect(refused.message).toContain('verifyLength')
    expect(fixture.operations()).toEqual([])
  })

  test('takes options that ask for nothing', async () => {
    await putAll(options)
    await fixture.client().head('object', { requireBinding: false, requiredContext: undefined })
  })
})

test.each([
  ['ETag', { etag: '"other"' }],
  ['version', { 'x-oss-version-id': 'other' }],
  ['length', { 'content-length': String(74 + 32) }],
] as const)('two answers of which one result would be made have to have one %s', async (_title, changed) => {
  await putAll(floe)
  changeAnswers(fixture.oss, 'head', ({ headers }) => {
    Object.assign(headers, changed)
  })
  expect(await rejection(fixture.client().head('object'))).toMatchObject({ code: 'ObjectChanged' })
})

describe.each(formats)('copy, %s', (_format, options) => {
  let stored: Awaited<ReturnType<typeof putAll>>
  beforeEach(async () => {
    stored = await putAll(options)
    fixture.cloud.clearRequests()
  })

  test.each(requirements)('with keepBinding refuses %o', async (required) => {
    const refused = await rejection(fixture.client().copy('copy', 'object', { keepBinding: true, ...required }))
    expect(refused).toBeInstanceOf(TypeError)
    expect(refused.message).toContain(Object.keys(required)[0])
    expect(fixture.operations()).toEqual([])
  })

  test('inside OSS meets requirements by what it verified, and is of that object', async () => {
    const client = fixture.client()
    await client.put('object', data, { ...options, encryptionContext: { tenant: 'EVIL' }, bindToObject: false })
    changeAnswers(fixture.oss, 'head', ({ headers }) => {
      replaceEnvelope(headers, stored.unbound.headers)
    })
    fixture.cloud.clearRequests()
    const copying = client.copy('copy', 'object', { requiredContext: { tenant: 'good' } })
    expect(await rejection(copying)).toMatchObject({ code: 'ContextMismatch' })
    expect(fixture.operations()).not.toContain('oss CopyObject')
    vi.restoreAllMocks()
    const { encryption } = await client.copy('copy', 'object', { requiredContext: { tenant: 'EVIL' } })
    expect(encryption?.encryptionContext).toEqual({ tenant: 'EVIL' })
    expect(fixture.operations()).toContain('oss CopyObject')
    expect((await client.get('copy')).content.equals(data)).toBe(true)
  })

  test('inside OSS says nothing of an envelope that nobody verified', async () => {
    await fixture.client().put('object', data, { ...options, bindToObject: false })
    expect((await fixture.client().copy('copy', 'object')).encryption).toBeUndefined()
    expect((await fixture.client().copy('copy', 'object', { keepBinding: true })).encryption).toBeUndefined()
  })

  test('onto itself is bound if the object that was read is, whatever HEAD says', async () => {
    changeAnswers(fixture.oss, 'head', ({ headers }) => {
      replaceEnvelope(headers, stored.unbound.headers)
    })
    const { encryption } = await fixture.client().copy('object', 'object')
    expect(encryption?.encryptionContext).toEqual({ tenant: 'good', 'osscrypt:object': 'object' })
    vi.restoreAllMocks()
    expect((await fixture.client().get('object', { requireBinding: true })).content.equals(data)).toBe(true)
  })

  test('onto itself is of the object that was read, when somebody writes between HEAD and GET', async () => {
    const newer = patternBytes(3000, 9)
    await fixture.client().put('object', data, { ...options, bindToObject: false })
    changeAnswers(fixture.oss, 'head', async ({ count }) => {
      if (count === 0) await fixture.client().put('object', newer, options)
    })
    await fixture.client().copy('object', 'object')
    vi.restoreAllMocks()
    const { content, encryption } = await fixture.client().get('object', { requireBinding: true })
    expect(content.equals(newer)).toBe(true)
    expect(encryption.encryptionContext).toEqual({ 'osscrypt:object': 'object' })
  })
})

describe('rewrap of a floe object', () => {
  test.each(requirements)(
    'that requires %o unwraps the data key, and meets it by what it verified',
    async (required) => {
      const { good, evil } = await putAll(floe)
      const client = fixture.client()
      const { throughKms, encryption } = await client.rewrap('object', { to: next, ...required })
      expect(throughKms).toBe(false)
      expect(encryption).toMatchObject({ algorithm: 'FLOE', encryptionContext: { tenant: 'good' } })

      await client.put('object', data, { ...floe, encryptionContext: { tenant: 'EVIL' } })
      const before = await readStored(fixture.oss, 'object')
      changeAnswers(fixture.oss, 'head', ({ headers }) => {
        replaceEnvelope(headers, good.headers)
      })
      expect(await rejection(client.rewrap('object', { to: next, ...required }))).toMatchObject({
        code: 'IntegrityFailed',
      })
      vi.restoreAllMocks()
      expect((await readStored(fixture.oss, 'object')).meta).toEqual(before.meta)
      expect(before.meta).not.toEqual(evil.meta)
    },
  )

  test('inside KMS says of it what KMS did, and no more', async () => {
    await putAll(floe)
    const result = await fixture.client().rewrap('object', { to: next })
    expect(result.throughKms).toBe(true)
    expect(result.encryption).toEqual({ cmkArns: [next] })
    const dataKeys = new KmsDataKeyProvider(next, kmsOptions(fixture.cloud))
    expect((await fixture.client({ dataKeys }).get('object')).content.equals(data)).toBe(true)
  })
})

test('a header that was parsed is not taken for one that was verified', () => {
  const wrong = (): unknown => {
    // @ts-expect-error -- that is the point
    return describeHeader(decodeHeader(new Uint8Array()))
  }
  expect(wrong).toThrow()
})
