import { beforeAll, expect, test } from 'vitest'
import { someBytes } from '../target.js'
import type { Context } from './context.js'

export function copyTests({ client, key }: Context): void {
  const bytes = someBytes(5000, 3)
  const from = key('copy/from ü+&?.bin')
  const to = key('copy/to')
  let etag = ''

  beforeAll(async () => {
    const meta = { kept: 'yes' }
    const headers = { 'Content-Type': 'text/x-from', 'x-oss-tagging': 'a=1' }
    etag = (await client.put(from, bytes, { meta, headers })).res.headers.etag
  })

  test('copies bytes, metadata and tags', async () => {
    const { data } = await client.copy(to, from)
    expect(data.etag).toBe(etag)
    const { content, res } = await client.get(to)
    expect(content).toEqual(bytes)
    expect(res.headers).toMatchObject({
      etag,
      'content-type': 'text/x-from',
      'x-oss-meta-kept': 'yes',
      'x-oss-tagging-count': '1',
    })
    await client.delete(to)
    expect((await client.get(from)).content).toEqual(bytes)
  })

  test('replaces metadata on the way', async () => {
    await client.copy(to, from, { meta: { fresh: '1' }, headers: { 'Content-Type': 'text/x-to' } })
    const { headers } = (await client.head(to)).res
    expect(headers).toMatchObject({ 'content-type': 'text/x-to', 'x-oss-meta-fresh': '1' })
    expect(headers['x-oss-meta-kept']).toBeUndefined()
  })

  test('replaces the metadata of an object in its place, again and again', async () => {
    await client.put(to, bytes)
    for (const value of ['1', '2', '3']) {
      await client.putMeta(to, { value })
      const { content, res } = await client.get(to)
      expect(content).toEqual(bytes)
      expect(res.headers['x-oss-meta-value']).toBe(value)
    }
  })

  test('heeds the conditions on the source', async () => {
    const source = (headers: Record<string, string>) =>
      client.copy(key('copy/conditional'), from, {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [`x-oss-copy-source-${name}`, value]),
        ),
      })
    const failed = { status: 412, code: 'PreconditionFailed' }
    await expect(source({ 'if-match': '"0"' })).rejects.toMatchObject(failed)
    await expect(source({ 'if-unmodified-since': new Date(0).toUTCString() })).rejects.toMatchObject(failed)
    await expect(client.head(key('copy/conditional'))).rejects.toMatchObject({ status: 404 })
    expect((await source({ 'if-match': etag })).res.status).toBe(200)
  })

  test('copies onto an existing object only when that is allowed', async () => {
    await client.put(to, Buffer.from('there'))
    const copy = client.copy(to, from, { headers: { 'x-oss-forbid-overwrite': 'true' } })
    await expect(copy).rejects.toMatchObject({ status: 409, code: 'FileAlreadyExists' })
  })

  test('says what is missing', async () => {
    await expect(client.copy(to, key('copy/missing'))).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' })
    await expect(client.copy(to, 'k', 'osscrypt-no-such-bucket-0')).rejects.toMatchObject({ status: 404 })
  })
}
