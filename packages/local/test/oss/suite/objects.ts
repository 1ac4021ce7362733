import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { someBytes } from '../target.js'
import type { Context } from './context.js'

const KEYS = [
  'plain.txt',
  'with space & + plus %25 percent.txt',
  'üñï/漢字/😀.bin',
  'quotes\'"<>!()*~;:@=,$#?.txt',
  'a//double//slash/',
  `long-${'x'.repeat(900)}`,
]

export function objectTests(context: Context): void {
  const { client, key } = context

  test.each(KEYS)('puts, reads and deletes an object called %j', async (name) => {
    const bytes = someBytes(1000)
    await client.put(key(name), bytes)
    expect((await client.get(key(name))).content).toEqual(bytes)
    await client.delete(key(name))
    await expect(client.get(key(name))).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' })
    await expect(client.head(key(name))).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' })
    await client.delete(key(name))
  })

  test('answers a put with ETag, CRC and MD5', async () => {
    const { res } = await client.put(key('digits'), Buffer.from('123456789'))
    expect(res.headers).toMatchObject({
      etag: '"25F9E794323B453885F5181F1B624D0B"',
      'x-oss-hash-crc64ecma': '11051210869376104954',
      'content-md5': 'JfnnlDI7RTiF9RgfG2JNCw==',
    })
    expect(res.headers['x-oss-request-id']).toMatch(/^[0-9A-F]{24}$/)
    expect(res.headers['x-oss-server-time']).toMatch(/^\d+$/)
  })

  test('gives the same headers to GET, ranged GET and HEAD', async () => {
    const headers = {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-cache',
      'Content-Disposition': 'attachment; filename="a b.txt"',
      'Content-Language': 'de',
      Expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
    }
    await client.put(key('kept'), Buffer.from('0123456789'), { headers, meta: { 'First-Name': 'a b', second: '=%!' } })
    const kept = {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment; filename="a b.txt"',
      'content-language': 'de',
      expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
      'x-oss-meta-first-name': 'a b',
      'x-oss-meta-second': '=%!',
      'x-oss-object-type': 'Normal',
      'x-oss-storage-class': 'Standard',
      'accept-ranges': 'bytes',
      etag: '"781E5E245D69B566979B86E28D23F2C7"',
    }
    const whole = (await client.get(key('kept'))).res
    const ranged = (await client.get(key('kept'), { headers: { Range: 'bytes=2-3' } })).res
    const head = await client.head(key('kept'))
    expect(whole.headers).toMatchObject({ ...kept, 'content-length': '10', 'content-md5': 'eB5eJF1ptWaXm4bijSPyxw==' })
    expect(ranged.headers).toMatchObject({ ...kept, 'content-length': '2', 'content-range': 'bytes 2-3/10' })
    expect(head.res.headers).toMatchObject({ ...kept, 'content-length': '10' })
    expect(head.meta).toEqual({ 'first-name': 'a b', second: '=%!' })
    const crcs = [whole, ranged, head.res].map((res) => res.headers['x-oss-hash-crc64ecma'])
    expect(new Set(crcs).size).toBe(1)
    expect(Math.abs(Date.parse(whole.headers['last-modified']) - Date.now())).toBeLessThan(60_000)
  })

  test('takes bytes outside ASCII in metadata as they come', async () => {
    const latin1 = context.createClient({ headerEncoding: 'latin1' })
    await latin1.put(key('latin1'), Buffer.from('x'), { meta: { name: 'größe 漢' } })
    const { res } = await latin1.head(key('latin1'))
    expect(Buffer.from(res.headers['x-oss-meta-name'], 'latin1').toString('utf8')).toBe('größe 漢')
  })

  test.each([0, 1, 65_535, 65_536, 262_143, 262_144, 262_145, 1_048_577, 3_000_000])(
    'keeps the bytes of an object of %i bytes, put whole or as a stream',
    async (length) => {
      const bytes = someBytes(length, length + 1)
      await client.put(key('whole'), bytes)
      await client.putStream(key('stream'), Readable.from(length === 0 ? [] : [bytes]))
      const whole = await client.get(key('whole'))
      const stream = await client.get(key('stream'))
      expect(Buffer.compare(whole.content, bytes)).toBe(0)
      expect(Buffer.compare(stream.content, bytes)).toBe(0)
      expect(stream.res.headers['x-oss-hash-crc64ecma']).toBe(whole.res.headers['x-oss-hash-crc64ecma'])
    },
  )

  test('refuses a body that is not what Content-MD5 says', async () => {
    const md5 = createHash('md5').update('other').digest('base64')
    const put = client.put(key('digest'), Buffer.from('bytes'), { headers: { 'Content-MD5': md5 } })
    await expect(put).rejects.toMatchObject({ status: 400, code: 'InvalidDigest' })
    const malformed = client.put(key('digest'), Buffer.from('bytes'), { headers: { 'Content-MD5': 'abc' } })
    await expect(malformed).rejects.toMatchObject({ status: 400, code: 'InvalidDigest' })
    await expect(client.head(key('digest'))).rejects.toMatchObject({ status: 404 })
  })

  test('does not overwrite when that is forbidden', async () => {
    const headers = { 'x-oss-forbid-overwrite': 'true' }
    await client.put(key('once'), Buffer.from('1'), { headers })
    const again = client.put(key('once'), Buffer.from('2'), { headers })
    await expect(again).rejects.toMatchObject({ status: 409, code: 'FileAlreadyExists' })
    expect(String((await client.get(key('once'))).content)).toBe('1')
    await client.put(key('once'), Buffer.from('3'))
    expect(String((await client.get(key('once'))).content)).toBe('3')
  })

  test('takes just under 8 KB of user metadata and no more', async () => {
    await client.put(key('meta'), Buffer.from('x'), { meta: { a: 'v'.repeat(7900) } })
    const tooMuch = client.put(key('meta'), Buffer.from('x'), { meta: { a: 'v'.repeat(4100), b: 'v'.repeat(4100) } })
    await expect(tooMuch).rejects.toMatchObject({ status: 400 })
  })

  test('keeps tags and the ACL of an object, and says little with objectMeta', async () => {
    await client.put(key('traits'), Buffer.from('x'), {
      headers: { 'x-oss-tagging': 'a=1&b=x%20y', 'x-oss-object-acl': 'private' },
    })
    expect((await client.head(key('traits'))).res.headers['x-oss-tagging-count']).toBe('2')
    expect((await client.getACL(key('traits'))).acl).toBe('private')
    await client.putACL(key('traits'), 'default')
    expect((await client.getACL(key('traits'))).acl).toBe('default')
    await client.putObjectTagging(key('traits'), { name: 'value', other: 'x' })
    expect(String((await client.getObjectTagging(key('traits'))).res.data)).toContain('<Key>name</Key>')
    await client.deleteObjectTagging(key('traits'))
    expect((await client.getObjectTagging(key('traits'))).tag).toEqual({})
    const { headers } = (await client.getObjectMeta(key('traits'))).res
    expect(headers).toMatchObject({ etag: '"9DD4E461268C8034F5C8564E155C67A6"', 'content-length': '1' })
    expect(headers['x-oss-object-type']).toBeUndefined()
  })

  test('deletes many objects, quietly or not', async () => {
    const names = ['m/1', 'm/2 & <3>', "m/'ü'"].map(key)
    for (const quiet of [false, true]) {
      for (const name of names) await client.put(name, Buffer.from('x'))
      const { deleted } = await client.deleteMulti([...names, key('m/missing')], { quiet })
      const expected = quiet ? [] : [...names, key('m/missing')]
      expect(deleted.map((entry: { Key: string }) => entry.Key).sort()).toEqual(expected.sort())
      for (const name of names) await expect(client.head(name)).rejects.toMatchObject({ status: 404 })
    }
  })
}
