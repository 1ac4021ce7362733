import OSS from 'ali-oss'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deepFreeze } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { endProxiesAfterEach, startRecordingProxy } from '../support/recording-proxy.js'
import { rejection } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const fixture = useCloud()
endProxiesAfterEach()
const data = Buffer.from('data')

describe("the caller's own metadata", () => {
  test('is kept, with names in lower case, and not mixed with the envelope', async () => {
    const client = fixture.client()
    await client.put('object', data, {
      meta: { Author: 'Ann', 'year-2': '2024', number: 5 as never, flag: false as never, empty: '' },
    })
    const expected = { author: 'Ann', 'year-2': '2024', number: '5', flag: 'false', empty: '' }
    expect((await client.get('object')).meta).toEqual(expected)
    expect((await client.head('object')).meta).toEqual(expected)
    expect((await client.getStream('object')).meta).toEqual(expected)
    expect((await client.get('object', join(fixture.folder, 'file'))).meta).toEqual(expected)
    expect((await client.getRange('object', { start: 0 }, { allowUnverifiedRange: true })).meta).toEqual(expected)
  })

  test('may be called header, iv and authtag', async () => {
    const client = fixture.client()
    const meta = { header: 'a', iv: 'b', authtag: 'c' }
    await client.put('object', data, { meta })
    const got = await client.get('object')
    expect(got.meta).toEqual(meta)
    expect(got.content).toEqual(data)
  })

  test.each([
    ['a name of the envelope', { 'x-oss-meta-header': 'x' }],
    ['a name of the envelope, in capitals', { 'X-OSS-META-IV': 'x' }],
    ['a name that OSS does not take', { 'a b': 'x' }],
    ['an empty name', { '': 'x' }],
    ['a name with an underscore', { a_b: 'x' }],
    ['a value that is no text', { a: {} as never }],
    ['a value that is missing', { a: undefined as never }],
    ['a value that is not ASCII', { a: 'ä' }],
    ['a value with a line break', { a: 'x\r\nx-oss-object-acl: public-read' }],
    ['a value that begins with a space, which would be lost', { a: ' x' }],
    ['a value that ends with a space, which would be lost', { a: 'x ' }],
    ['a name twice, but for capitals', { a: '1', A: '2' }],
  ])('%s is misuse, and nothing is sent', async (_title, meta) => {
    expect(await rejection(fixture.client().put('object', data, { meta }))).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })
})

describe('headers', () => {
  test('are kept', async () => {
    const client = fixture.client()
    await client.put('object', data, {
      mime: 'text/x-test',
      headers: { 'Cache-Control': 'no-cache', 'content-disposition': 'attachment' },
    })
    const { res } = await client.get('object')
    expect(res.headers).toMatchObject({
      'content-type': 'text/x-test',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment',
    })
  })

  test('say what the content is by the extension of the path, else of the name', async () => {
    const client = fixture.client()
    const path = join(fixture.folder, 'page.html')
    await writeFile(path, 'x')
    const type = async (name: string) => (await client.head(name)).res.headers['content-type']
    await client.put('object.png', data)
    expect(await type('object.png')).toBe('image/png')
    await client.put('object.png', path)
    expect(await type('object.png')).toBe('text/html')
    await client.put('object', data)
    expect(await type('object')).toBe('application/octet-stream')
  })

  test.each(['Content-MD5', 'content-length', 'Content-Encoding', 'Transfer-Encoding', 'x-oss-meta-a', 'X-Oss-Meta-B'])(
    '%s is misuse, and nothing is sent',
    async (name) => {
      expect(await rejection(fixture.client().put('object', data, { headers: { [name]: '1' } }))).toBeInstanceOf(
        TypeError,
      )
      expect(fixture.operations()).toEqual([])
    },
  )

  test('that forbid overwriting are obeyed', async () => {
    const client = fixture.client()
    const options = { headers: { 'x-oss-forbid-overwrite': 'true' } }
    await client.put('once', data, options)
    expect(await rejection(client.put('once', Buffer.from('other'), options))).toMatchObject({
      serviceCode: 'FileAlreadyExists',
    })
    expect((await client.get('once')).content).toEqual(data)
  })

  test.each(['gcm', 'floe'] as const)(
    'that forbid overwriting do not stop an object whose answer was lost, %s',
    async (format) => {
      const client = fixture.client()
      const name = `lost-${format}`
      fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: 'drop-answer' } })
      await client.put(name, data, { format, headers: { 'x-oss-forbid-overwrite': 'true' } })
      expect((await client.get(name)).content).toEqual(data)
    },
  )

  test('of conditions are passed on', async () => {
    const client = fixture.client()
    await client.put('object', data)
    const { res } = await client.head('object')
    expect((await client.get('object', { headers: { 'If-Match': res.headers['etag']! } })).content).toEqual(data)
    for (const headers of [{ 'If-Match': '"x"' }, { 'If-None-Match': res.headers['etag']! }] as Record<
      string,
      string
    >[]) {
      expect(await rejection(client.get('object', { headers }))).toMatchObject({ code: 'PreconditionFailed' })
      expect(await rejection(client.head('object', { headers }))).toMatchObject({ code: 'PreconditionFailed' })
    }
  })
})

describe('the 8 KB that OSS takes', () => {
  const PREFIX = 'x-oss-meta-'.length

  test('are used to the last byte, and not exceeded', async () => {
    const client = fixture.client()
    await client.put('object', data)
    const { meta } = await readStored(fixture.oss, 'object')
    const used = Object.entries(meta).reduce((sum, [name, value]) => sum + PREFIX + name.length + value.length, 0)
    const left = 8192 - used - PREFIX - 1
    await client.put('object', data, { meta: { a: 'x'.repeat(left) } })
    expect((await client.get('object')).meta['a']).toHaveLength(left)
    fixture.cloud.clearRequests()
    const error = await rejection(client.put('object', data, { meta: { a: 'x'.repeat(left + 1) } }))
    expect(error).toMatchObject({ code: 'LimitExceeded' })
    expect(error.message).toContain('8193')
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('hold the encryption context too; a larger one is refused before KMS is asked', async () => {
    const client = fixture.client()
    await client.put('object', data, { encryptionContext: { key: 'x'.repeat(4500) } })
    expect((await client.get('object')).encryption.encryptionContext['key']).toHaveLength(4500)
    fixture.cloud.clearRequests()
    for (const length of [8192, 40_000]) {
      const put = client.put('object', data, { encryptionContext: { key: 'x'.repeat(length) } })
      expect(await rejection(put)).toMatchObject({ code: 'LimitExceeded' })
    }
    expect(fixture.operations()).toEqual([])
    const put = client.put('object', data, { encryptionContext: { key: 'x'.repeat(7000) } })
    expect(await rejection(put)).toMatchObject({ code: 'LimitExceeded' })
    expect(fixture.operations()).not.toContain('oss PutObject')
  })
})

describe('what the caller gives', () => {
  test('is not changed', async () => {
    const client = fixture.client()
    const bytes = Buffer.from('some bytes that stay')
    const put = deepFreeze({
      algorithm: 'AES_GCM_NOPADDING_256' as const,
      encryptionContext: { a: '1' },
      meta: { b: '2' },
      mime: 'text/plain',
      headers: { 'Cache-Control': 'no-cache' },
    })
    const get = deepFreeze({ requiredContext: { a: '1' }, headers: { 'If-Match': '*' } })
    await client.put('object', bytes, put)
    expect(bytes.toString()).toBe('some bytes that stay')
    const read = deepFreeze({ requiredContext: { a: '1' }, headers: {} })
    await client.get('object', read)
    await client.getStream('object', read)
    await client.getRange(
      'object',
      deepFreeze({ start: 1, end: 2 }),
      deepFreeze({ ...read, allowUnverifiedRange: true }),
    )
    await client.head('object', deepFreeze({ headers: {} }))
    await client.copy('copy', 'object', read)
    await client.delete('copy', deepFreeze({ headers: {} }))
    expect(get.headers).toEqual({ 'If-Match': '*' })
  })

  test('may be changed while the operation runs', async () => {
    const client = fixture.client()
    const encryptionContext: Record<string, string> = { a: '1' }
    const meta: Record<string, string> = { b: '2' }
    const putting = client.put('object', data, { encryptionContext, meta })
    encryptionContext['a'] = 'changed'
    meta['b'] = 'changed'
    await putting
    const got = await client.get('object', { requiredContext: { a: '1' } })
    expect(got.meta).toEqual({ b: '2' })
  })

  test('goes to OSS as the ciphertext and its own checksum, and nothing else', async () => {
    const proxy = await startRecordingProxy(fixture.cloud.oss.endpoint)
    const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: proxy.endpoint })
    await fixture.client({ store }).put('object', data, { meta: { a: '1' } })
    const [request] = proxy.requests
    const names = Object.keys(request!.headers).filter((name) => /^(x-oss|content)/.test(name))
    expect(names.sort()).toEqual([
      'content-length',
      'content-md5',
      'x-oss-date',
      'x-oss-meta-a',
      'x-oss-meta-x-oss-meta-authtag',
      'x-oss-meta-x-oss-meta-header',
      'x-oss-meta-x-oss-meta-iv',
    ])
  })
})
