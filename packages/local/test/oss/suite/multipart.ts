import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { someBytes } from '../target.js'
import type { Context } from './context.js'

const PART = 100 * 1024

export function multipartTests({ client, key, target }: Context): void {
  const bytes = someBytes(PART * 2 + 5, 9)
  const parts = [bytes.subarray(0, PART), bytes.subarray(PART, PART * 2), bytes.subarray(PART * 2)]

  const upload = async (
    name: string,
    uploadId: string,
    number: number,
    part: Buffer,
  ): Promise<{ number: number; etag: string }> => {
    const { etag } = await client.uploadPart(key(name), uploadId, number, part, 0, part.length)
    return { number, etag }
  }

  test('puts parts together in the order of their numbers, whatever order they came in', async () => {
    const options = { meta: { a: '1' }, headers: { 'Content-Type': 'text/x-parts', 'x-oss-tagging': 'b=2' } }
    const { uploadId } = await client.initMultipartUpload(key('parts'), options)
    const done = [
      await upload('parts', uploadId, 10_000, parts[2]!),
      await upload('parts', uploadId, 1, parts[0]!),
      await upload('parts', uploadId, 7, Buffer.from('to be replaced')),
      await upload('parts', uploadId, 7, parts[1]!),
    ].filter((_, index) => index !== 2)
    await expect(client.head(key('parts'))).rejects.toMatchObject({ status: 404 })
    const { etag, res } = await client.completeMultipartUpload(key('parts'), uploadId, done)
    expect(etag).toMatch(/^"[0-9A-F]{32}-3"$/)

    await client.put(key('same bytes'), bytes)
    const whole = (await client.head(key('same bytes'))).res.headers['x-oss-hash-crc64ecma']
    expect(res.headers['x-oss-hash-crc64ecma']).toBe(whole)
    const got = await client.get(key('parts'))
    expect(Buffer.compare(got.content, bytes)).toBe(0)
    expect(got.res.headers).toMatchObject({
      etag,
      'content-type': 'text/x-parts',
      'x-oss-meta-a': '1',
      'x-oss-tagging-count': '1',
      'x-oss-object-type': 'Multipart',
      'x-oss-hash-crc64ecma': whole,
    })
    const across = await client.get(key('parts'), { headers: { Range: `bytes=${PART - 2}-${PART * 2 + 1}` } })
    expect(Buffer.compare(across.content, bytes.subarray(PART - 2, PART * 2 + 2))).toBe(0)
    const again = client.completeMultipartUpload(key('parts'), uploadId, done)
    await expect(again).rejects.toMatchObject({ status: 404, code: 'NoSuchUpload' })
  })

  test('takes parts as streams', async () => {
    const { uploadId } = await client.initMultipartUpload(key('stream parts'))
    const { etag } = await client.uploadPart(key('stream parts'), uploadId, 1, Readable.from([bytes]), 0, bytes.length)
    await client.completeMultipartUpload(key('stream parts'), uploadId, [{ number: 1, etag }])
    expect(Buffer.compare((await client.get(key('stream parts'))).content, bytes)).toBe(0)
  })

  test('lists parts by pages', async () => {
    const { uploadId } = await client.initMultipartUpload(key('paged'))
    for (const number of [3, 1, 2]) await upload('paged', uploadId, number, Buffer.from(`part ${number}`))
    const first = await client.listParts(key('paged'), uploadId, { 'max-parts': 2 })
    expect(first).toMatchObject({ isTruncated: 'true', nextPartNumberMarker: '2' })
    expect(first.parts.map((part: { PartNumber: string }) => part.PartNumber)).toEqual(['1', '2'])
    const second = await client.listParts(key('paged'), uploadId, { 'part-number-marker': 2 })
    expect(second).toMatchObject({ isTruncated: 'false', parts: { PartNumber: '3', Size: '6' } })
    await client.abortMultipartUpload(key('paged'), uploadId)
  })

  test('lists uploads by pages, and forgets those that are aborted', async () => {
    const names = ['up/a', 'up/a', 'up/b', 'up/c']
    const ids: string[] = []
    for (const name of names) ids.push((await client.initMultipartUpload(key(name))).uploadId)
    const found: { name: string; uploadId: string }[] = []
    let markers = {}
    for (let more = true; more;) {
      const page = await client.listUploads({ prefix: key('up/'), 'max-uploads': 3, ...markers })
      found.push(...page.uploads)
      more = page.isTruncated
      markers = { 'key-marker': page.nextKeyMarker, 'upload-id-marker': page.nextUploadIdMarker }
    }
    expect(found.map(({ name }) => name)).toEqual(names.map(key))
    expect(found.map(({ uploadId }) => uploadId).sort()).toEqual(ids.sort())
    for (const { name, uploadId } of found) await client.abortMultipartUpload(name, uploadId)
    expect((await client.listUploads({ prefix: key('up/') })).uploads).toEqual([])
    const aborted = client.abortMultipartUpload(key('up/a'), ids[0])
    await expect(aborted).rejects.toMatchObject({ status: 404, code: 'NoSuchUpload' })
    await expect(upload('up/a', ids[0]!, 1, bytes)).rejects.toMatchObject({ code: 'NoSuchUpload' })
  })

  test('refuses what cannot be put together', async () => {
    const { uploadId } = await client.initMultipartUpload(key('refused'))
    const small = await upload('refused', uploadId, 1, Buffer.from('small'))
    const last = await upload('refused', uploadId, 2, Buffer.from('last'))
    const complete = (list: unknown[]) => client.completeMultipartUpload(key('refused'), uploadId, list)
    await expect(complete([small, last])).rejects.toMatchObject({ status: 400, code: 'EntityTooSmall' })
    await expect(complete([small, { number: 3, etag: last.etag }])).rejects.toMatchObject({ code: 'InvalidPart' })
    await expect(complete([{ ...last, etag: '"0"' }])).rejects.toMatchObject({ status: 400, code: 'InvalidPart' })
    await expect(complete([])).rejects.toMatchObject({ status: 400, code: 'MalformedXML' })
    await complete([last])
    expect(String((await client.get(key('refused'))).content)).toBe('last')
  })

  test.each([0, 10_001, 'x'])('refuses the part number %s', async (number) => {
    const { uploadId } = await client.initMultipartUpload(key('number'))
    const part = client.uploadPart(key('number'), uploadId, number, bytes, 0, bytes.length)
    await expect(part).rejects.toMatchObject({ status: 400, code: 'InvalidArgument' })
    await client.abortMultipartUpload(key('number'), uploadId)
  })

  test('copies parts, whole or by range', async () => {
    await client.put(key('source'), bytes)
    const source = { sourceKey: key('source'), sourceBucketName: target.bucket }
    const { uploadId } = await client.initMultipartUpload(key('copied'))
    const first = await client.uploadPartCopy(key('copied'), uploadId, 1, null, source)
    const second = await client.uploadPartCopy(key('copied'), uploadId, 2, '10-19', source)
    const list = [first, second].map(({ etag }, index) => ({ number: index + 1, etag }))
    await client.completeMultipartUpload(key('copied'), uploadId, list)
    const { content } = await client.get(key('copied'))
    expect(Buffer.compare(content, Buffer.concat([bytes, bytes.subarray(10, 20)]))).toBe(0)
    await client.delete(key('source'))
    expect((await client.get(key('copied'))).content.length).toBe(bytes.length + 10)
  })

  test('does not overwrite when that is forbidden', async () => {
    await client.put(key('taken'), Buffer.from('there'))
    const { uploadId } = await client.initMultipartUpload(key('taken'))
    const part = await upload('taken', uploadId, 1, bytes)
    const headers = { 'x-oss-forbid-overwrite': 'true' }
    const complete = client.completeMultipartUpload(key('taken'), uploadId, [part], { headers })
    await expect(complete).rejects.toMatchObject({ status: 409, code: 'FileAlreadyExists' })
    await expect(client.initMultipartUpload(key('taken'), { headers })).rejects.toMatchObject({ status: 409 })
    await client.completeMultipartUpload(key('taken'), uploadId, [part])
  })
}
