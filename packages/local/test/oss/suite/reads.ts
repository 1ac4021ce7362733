import { beforeAll, expect, test } from 'vitest'
import { someBytes } from '../target.js'
import type { Context } from './context.js'

const SIZE = 1000

type Expected = readonly [start: number, end: number] | 'whole' | 'InvalidRange'

/** Range, what OSS answers by default, what it answers with `x-oss-range-behavior: standard`. */
const RANGES: readonly (readonly [string, Expected, Expected])[] = [
  ['bytes=0-0', [0, 0], [0, 0]],
  ['bytes=0-499', [0, 499], [0, 499]],
  ['bytes=500-999', [500, 999], [500, 999]],
  ['bytes=0-999', [0, 999], [0, 999]],
  ['bytes=999-999', [999, 999], [999, 999]],
  ['bytes=500-', [500, 999], [500, 999]],
  ['bytes=0-', [0, 999], [0, 999]],
  ['bytes=-1', [999, 999], [999, 999]],
  ['bytes=-500', [500, 999], [500, 999]],
  ['bytes=-1000', [0, 999], [0, 999]],
  ['bytes=0-1000', 'whole', [0, 999]],
  ['bytes=500-2000', 'whole', [500, 999]],
  ['bytes=-2000', 'whole', [0, 999]],
  ['bytes=1000-', 'whole', 'InvalidRange'],
  ['bytes=1000-2000', 'whole', 'InvalidRange'],
  ['bytes=5-2', 'whole', 'whole'],
  ['bytes=abc', 'whole', 'whole'],
  ['byte=0-499', 'whole', 'whole'],
]

export function readTests({ client, createClient, key }: Context): void {
  const bytes = someBytes(SIZE, 7)
  let etag = ''
  let lastModified = ''

  beforeAll(async () => {
    await client.put(key('reads'), bytes)
    const { headers } = (await client.head(key('reads'))).res
    etag = headers.etag
    lastModified = headers['last-modified']
  })

  test.each(RANGES)('answers %s as OSS does by default', async (range, expected) => {
    await expectRange({ Range: range }, expected)
  })

  test.each(RANGES)('answers %s as the standard has it, when asked to', async (range, _, expected) => {
    await expectRange({ Range: range, 'x-oss-range-behavior': 'standard' }, expected)
  })

  async function expectRange(headers: Record<string, string>, expected: Expected): Promise<void> {
    const answer = client.get(key('reads'), { headers })
    if (expected === 'InvalidRange') {
      await expect(answer).rejects.toMatchObject({ status: 416, code: 'InvalidRange' })
      return
    }
    const { content, res } = await answer
    const [start, end] = expected === 'whole' ? [0, SIZE - 1] : expected
    expect(res.status).toBe(expected === 'whole' ? 200 : 206)
    expect(res.headers['content-range']).toBe(expected === 'whole' ? undefined : `bytes ${start}-${end}/${SIZE}`)
    expect(res.headers['content-length']).toBe(String(end - start + 1))
    expect(content).toEqual(bytes.subarray(start, end + 1))
  }

  test('answers a range of an empty object with the whole of it, or with 416', async () => {
    await client.put(key('empty'), Buffer.alloc(0))
    const { res } = await client.get(key('empty'), { headers: { Range: 'bytes=0-9' } })
    expect(res.status).toBe(200)
    const standard = client.get(key('empty'), { headers: { Range: 'bytes=0-9', 'x-oss-range-behavior': 'standard' } })
    await expect(standard).rejects.toMatchObject({ status: 416 })
  })

  test('reads when the conditions are met', async () => {
    const before = new Date(Date.parse(lastModified) - 60_000).toUTCString()
    const met: Record<string, string>[] = [
      { 'If-Match': etag },
      { 'If-None-Match': '"00000000000000000000000000000000"' },
      { 'If-Modified-Since': before },
      { 'If-Unmodified-Since': lastModified },
      { 'If-Match': etag, Range: 'bytes=0-9' },
    ]
    for (const headers of met) {
      const { res } = await client.get(key('reads'), { headers })
      expect(res.status).toBe('Range' in headers ? 206 : 200)
    }
  })

  test('answers 304 without a body when the client has the object', async () => {
    for (const headers of [{ 'If-None-Match': etag }, { 'If-Modified-Since': lastModified }]) {
      const { res } = await client.getStream(key('reads'), { headers })
      expect(res.status).toBe(304)
    }
  })

  test('answers 412 and says which condition failed', async () => {
    const before = new Date(Date.parse(lastModified) - 60_000).toUTCString()
    const wrong = { 'If-Match': '"00000000000000000000000000000000"' }
    for (const headers of [wrong, { 'If-Unmodified-Since': before }]) {
      const failed = { status: 412, code: 'PreconditionFailed' }
      const [name] = Object.keys(headers)
      const answer = client.get(key('reads'), { headers })
      await expect(answer).rejects.toMatchObject({ ...failed, message: expect.stringContaining(name ?? '') })
      await expect(client.head(key('reads'), { headers })).rejects.toMatchObject(failed)
    }
  })

  test('reads by presigned URL, with headers of the answer overridden', async () => {
    const v1 = createClient({ authorizationV4: false }).signatureUrl(key('reads'), {
      expires: 300,
      response: {
        'content-type': 'text/x-test',
        'content-disposition': 'inline; filename="ü+ .txt"'.replace('ü', 'u'),
      },
    })
    const v4 = await createClient().signatureUrlV4(
      'GET',
      300,
      {
        queries: {
          'response-content-type': 'text/x-test',
          'response-content-disposition': 'inline; filename="u+ .txt"',
        },
      },
      key('reads'),
    )
    for (const url of [v1, v4]) {
      const answer = await fetch(url)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('text/x-test')
      expect(answer.headers.get('content-disposition')).toBe('inline; filename="u+ .txt"')
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
    }
  })

  test('writes by presigned URL', async () => {
    const headers = { 'Content-Type': 'text/x-test' }
    const v1 = createClient({ authorizationV4: false }).signatureUrl(key('presigned'), { method: 'PUT', ...headers })
    const v4 = await createClient().signatureUrlV4('PUT', 60, { headers }, key('presigned'))
    for (const [body, url] of Object.entries({ one: v1, two: v4 })) {
      expect((await fetch(url, { method: 'PUT', headers, body })).status).toBe(200)
      expect(String((await client.get(key('presigned'))).content)).toBe(body)
      expect((await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'a/b' }, body })).status).toBe(403)
      expect((await fetch(url)).status).toBe(403)
    }
  })

  test('refuses requests with no, an unknown or a wrong signature', async () => {
    const wrong = createClient({ accessKeySecret: 'wrong' })
    await expect(wrong.get(key('reads'))).rejects.toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    await expect(wrong.head(key('reads'))).rejects.toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    await expect(wrong.put(key('x'), Buffer.alloc(10))).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
    const unknown = createClient({ accessKeyId: 'nobody' })
    await expect(unknown.get(key('reads'))).rejects.toMatchObject({ status: 403, code: 'InvalidAccessKeyId' })
    const url = new URL(createClient({ authorizationV4: false }).signatureUrl(key('reads'), {}))
    url.search = ''
    const anonymous = await fetch(url)
    expect(anonymous.status).toBe(403)
    expect(await anonymous.text()).toContain('<Code>AccessDenied</Code>')
  })
}
