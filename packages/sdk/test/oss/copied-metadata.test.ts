import OSS from 'ali-oss'
import { Readable } from 'node:stream'
import type { ObjectStore, PutOptions } from 'osscrypt/oss'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { useLyingOss } from '../support/lying-oss.js'
import { rejection } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(100_000)
const TITLE = '季度报告 ü 🎉'
const LANGUAGE = '德语'

/** What the types of ali-oss leave out. */
interface Tagging {
  getObjectTagging(name: string): Promise<{ readonly tag: object }>
}

/** An object of ours to which somebody else has given metadata in UTF-8. */
async function putWithUtf8(name: string, options: PutOptions): Promise<void> {
  await fixture.client().put(name, data, options)
  const { body, meta } = await readStored(fixture.oss, name)
  const other = new OSS({ ...fixture.cloud.ossOptions(BUCKET), headerEncoding: 'latin1' } as never)
  await other.put(name, body, {
    meta: { ...meta, title: TITLE } as never,
    headers: { 'Content-Language': LANGUAGE },
  })
}

/** The bytes of a header, as they are stored. */
const utf8 = (value: string | undefined) => Buffer.from(value ?? '', 'latin1').toString()

const ways: readonly (readonly [string, PutOptions])[] = [
  ['gcm', {}],
  ['floe', { format: 'floe', segmentLength: 65_536 }],
  ['what is not bound', { bindToObject: false }],
]

describe.each(ways)('metadata in UTF-8 of somebody else, %s', (_title, options) => {
  test('is read as text', async () => {
    await putWithUtf8('object', options)
    const client = fixture.client()
    for (const { meta } of [
      await client.get('object'),
      await client.head('object'),
      await client.getRange('object', { start: 0 }, { allowUnverifiedRange: true }),
    ])
      expect(meta).toEqual({ title: TITLE })
  })

  test.each([false, true])(
    'goes with copies and rewraps, byte for byte (authorizationV4: %s)',
    async (authorizationV4) => {
      const next = await fixture.cloud.createKey()
      const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), authorizationV4 })
      const client = fixture.client({ store })
      await putWithUtf8('object', options)
      await client.copy('copy', 'object')
      await client.copy('replaced', 'object', { headers: { 'Cache-Control': 'no-cache' } })
      await client.copy('object', 'object')
      await client.rewrap('object', { to: next })
      for (const name of ['copy', 'replaced', 'object']) {
        const { headers } = await readStored(fixture.oss, name)
        expect(utf8(headers['x-oss-meta-title']), name).toBe(TITLE)
        expect(utf8(headers['content-language']), name).toBe(LANGUAGE)
      }
      expect((await readStored(fixture.oss, 'replaced')).headers['cache-control']).toBe('no-cache')
      expect((await client.get('copy')).content.equals(data)).toBe(true)
      expect((await client.get('replaced')).content.equals(data)).toBe(true)
    },
  )
})

test('bytes of a file name arrive as they are, whatever Node makes of Content-Disposition', async () => {
  const { oss, requests } = await lying.start(() => undefined)
  const store = new AliOssStore(oss, 1000)
  const body = { length: data.length, rereadable: true, bytes: data, open: () => Readable.from([data]) }
  const disposition = Buffer.from('attachment; filename="报告.pdf"').toString('latin1')
  const headers = { 'content-disposition': disposition }
  await store.put('object', body, { headers })
  await store.multipart.initiate('object', { headers })
  await store.copy('copy', 'object', { headers: { ...headers, 'x-oss-metadata-directive': 'REPLACE' } })
  expect(requests.map((request) => request.headers['content-disposition'])).toEqual(Array(3).fill(disposition))
})

test('what is no text is read as its bytes, and not sent again', async () => {
  await fixture.client().put('object', data)
  const { oss } = await lying.start(({ operation }) =>
    /^(Head|Get)Object$/.test(operation) ? { late: { headers: { 'x-oss-meta-title': '\xe4\xf6' } } } : undefined,
  )
  const client = fixture.client({ store: oss })
  expect((await client.head('object')).meta).toEqual({ title: '\xe4\xf6' })
  for (const run of [() => client.copy('copy', 'object'), () => client.rewrap('object', { to: fixture.cmkArn })])
    expect(await rejection(run() as Promise<unknown>)).toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('x-oss-meta-title'),
    })
})

describe.each([
  ['bound', true],
  ['not bound', false],
] as const)('a copy of what is %s', (_title, bindToObject) => {
  const headers = {
    'Cache-Control': 'max-age=60',
    'Content-Language': 'de',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging': 'team=red%20and%20blue&level=2',
    'x-oss-object-acl': 'public-read',
  }

  test('keeps storage class, ACL, tags and all headers', async () => {
    await fixture.client().put('object', data, { bindToObject, headers, meta: { author: 'Ann' }, mime: 'text/x-test' })
    const { dropped } = await fixture.client().copy('copy', 'object')
    expect(dropped).toEqual([])
    const stored = await readStored(fixture.oss, 'copy')
    expect(stored.headers).toMatchObject({
      'content-type': 'text/x-test',
      'cache-control': 'max-age=60',
      'content-language': 'de',
      'x-oss-storage-class': 'IA',
      'x-oss-meta-author': 'Ann',
    })
    expect((await fixture.oss.getACL('copy')).acl).toBe('public-read')
    const { tag } = await (fixture.oss as unknown as Tagging).getObjectTagging('copy')
    expect(tag).toEqual({ team: 'red and blue', level: '2' })
  })

  test('says the encryption by OSS again', async () => {
    await fixture.client().put('object', data, { bindToObject })
    const sse = { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'key-1' }
    const { oss, requests } = await lying.start(({ operation }) =>
      /^(Head|Get)Object$/.test(operation) ? { late: { headers: sse } } : undefined,
    )
    await fixture.client({ store: oss }).copy('copy', 'object')
    await fixture.client({ store: oss }).rewrap('object', { to: fixture.cmkArn })
    const writes = requests.filter(({ method }) => method === 'PUT')
    expect(writes).toHaveLength(2)
    for (const write of writes) expect(write.headers).toMatchObject(sse)
  })

  test('says what it drops, where it may not be read', async () => {
    await fixture.client().put('object', data, { bindToObject, headers })
    for (const operation of ['GetObjectACL', 'GetObjectTagging'])
      fixture.cloud.faults.add({ service: 'oss', operation, effect: { kind: 'error', status: 403 }, times: Infinity })
    const { dropped } = await fixture.client().copy('copy', 'object')
    fixture.cloud.faults.clear()
    expect(dropped).toEqual(bindToObject ? ['acl', 'tags'] : ['acl'])
    expect((await fixture.oss.getACL('copy')).acl).toBe('default')
    expect((await fixture.client().get('copy')).content.equals(data)).toBe(true)
  })

  test('does without them in a store that has none', async () => {
    const inner = new AliOssStore(fixture.oss, 1000)
    const store: ObjectStore = {
      put: (...args) => inner.put(...args),
      get: (...args) => inner.get(...args),
      head: (...args) => inner.head(...args),
      delete: (...args) => inner.delete(...args),
      copy: (...args) => inner.copy(...args),
    }
    await fixture.client({ store }).put('object', data, { bindToObject })
    const { dropped } = await fixture.client({ store }).copy('copy', 'object')
    expect(dropped).toEqual(bindToObject ? ['acl', 'tags'] : ['acl'])
  })

  test('of a version has that of its version', async () => {
    const bucket = `versioned-copy-${String(bindToObject)}`
    await fixture.cloud.createBucket(bucket)
    const store = new OSS(fixture.cloud.ossOptions(bucket))
    const versioning = store as unknown as { putBucketVersioning(name: string, status: string): Promise<unknown> }
    await versioning.putBucketVersioning(bucket, 'Enabled')
    const client = fixture.client({ store })
    const { res } = await client.put('object', data, { bindToObject, headers })
    await client.put('object', Buffer.from('newer'), { bindToObject })
    await client.copy('copy', 'object', { versionId: res.headers['x-oss-version-id'] })
    expect((await client.get('copy')).content.equals(data)).toBe(true)
    expect((await store.getACL('copy')).acl).toBe('public-read')
  })
})

test('rewrap gives what its headers say in place of what was there', async () => {
  await fixture.client().put('object', data, { headers: { 'x-oss-tagging': 'a=1', 'Cache-Control': 'no-cache' } })
  const headers = { 'x-oss-tagging': 'b=2', 'x-oss-storage-class': 'IA', 'x-oss-object-acl': 'private' }
  await fixture.client().rewrap('object', { to: fixture.cmkArn, headers })
  const stored = await readStored(fixture.oss, 'object')
  expect(stored.headers).toMatchObject({ 'x-oss-storage-class': 'IA', 'cache-control': 'no-cache' })
  expect((await fixture.oss.getACL('object')).acl).toBe('private')
  expect((await (fixture.oss as unknown as Tagging).getObjectTagging('object')).tag).toEqual({ b: '2' })
  const other = { to: fixture.cmkArn, headers: { 'If-Match': '"x"' } }
  expect(await rejection(fixture.client().rewrap('object', other))).toMatchObject({ code: 'PreconditionFailed' })
})

test('more than 1 GiB is not copied inside OSS when its storage class changes', async () => {
  await fixture.client().put('object', data, { bindToObject: false })
  const { oss, requests } = await lying.start(({ operation }) =>
    operation === 'HeadObject' ? { late: { headers: { 'content-length': String(2 ** 30 + 1) } } } : undefined,
  )
  const client = fixture.client({ store: oss })
  const other = { headers: { 'x-oss-storage-class': 'IA' } }
  expect(await rejection(client.copy('copy', 'object', other))).toMatchObject({ code: 'LimitExceeded' })
  expect(requests.map(({ operation }) => operation)).not.toContain('CopyObject')
  await client.copy('copy', 'object')
})

test.each(['<Owner/>', '<AccessControlList><Grant>everybody</Grant></AccessControlList><Owner/>'])(
  'an ACL that is none is a bad answer: %s',
  async (elements) => {
    await fixture.client().put('object', data)
    const { oss } = await lying.start(({ operation }) =>
      operation === 'GetObjectACL' ? { body: `<AccessControlPolicy>${elements}</AccessControlPolicy>` } : undefined,
    )
    expect(await rejection(fixture.client({ store: oss }).copy('copy', 'object'))).toMatchObject({ code: 'BadAnswer' })
  },
)

test.each(['<TagSet><Tag><Key>a</Key><Value><b/></Value></Tag></TagSet>', ''])(
  'tags that are none are a bad answer: %s',
  async (elements) => {
    await fixture.client().put('object', data)
    const { oss } = await lying.start(({ operation }) =>
      operation === 'GetObjectTagging' ? { body: `<Tagging>${elements}</Tagging>` } : undefined,
    )
    expect(await rejection(fixture.client({ store: oss }).copy('copy', 'object'))).toMatchObject({ code: 'BadAnswer' })
  },
)
