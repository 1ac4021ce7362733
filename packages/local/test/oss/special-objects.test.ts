import { Buffer as Bytes } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer, type RawRequest } from './raw-request.js'
import { createClient, someBytes, type Client } from './target.js'

let local: LocalOss
let client: Client

beforeAll(async () => {
  local = await startLocalOss()
  client = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })
})
afterEach(() => {
  local.clock.offsetMs = 0
})
afterAll(() => local.close())

/** Sends a request that is signed by the service's clock. */
const send = (raw: RawRequest, resource = raw.path): Promise<RawAnswer> =>
  sendRaw(local.port, signV1(ACCESS_KEY, raw, resource, Date.now() + local.clock.offsetMs))
const get = (key: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  send({ path: `/${BUCKET}/${key}`, headers })
const head = (key: string): Promise<RawAnswer> => send({ method: 'HEAD', path: `/${BUCKET}/${key}` })

describe('objects that are appended to', () => {
  test('grow at their end, and nowhere else', async () => {
    const first = await client.append('log', Bytes.from('123456'), { headers: { 'Content-Type': 'text/x-log' } })
    expect(first.nextAppendPosition).toBe('6')
    await expect(client.append('log', Bytes.from('x'), { position: '5' })).rejects.toMatchObject({
      status: 409,
      code: 'PositionNotEqualToLength',
    })
    const second = await client.append('log', Bytes.from('789'), { position: '6' })
    // CRC-64/XZ of "123456789".
    expect(second.res.headers['x-oss-hash-crc64ecma']).toBe('11051210869376104954')
    const { content, res } = await client.get('log')
    expect(String(content)).toBe('123456789')
    expect(res.headers).toMatchObject({
      'content-type': 'text/x-log',
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '9',
      'x-oss-hash-crc64ecma': '11051210869376104954',
    })
    expect(res.headers['content-md5']).toBeUndefined()
    expect(String((await get('log', { range: 'bytes=4-7' })).body)).toBe('5678')
  })

  test('are whole objects when they are copied', async () => {
    await client.copy('whole', 'log')
    const { res } = await client.get('whole')
    expect(res.headers).toMatchObject({ 'x-oss-object-type': 'Normal', etag: '"25F9E794323B453885F5181F1B624D0B"' })
    await expect(client.append('whole', Bytes.from('x'), { position: '9' })).rejects.toMatchObject({
      code: 'ObjectNotAppendable',
    })
  })

  test('give way to one of two that append at once', async () => {
    const both = await Promise.allSettled(['a', 'b'].map((text) => client.append('race', Bytes.from(text))))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await client.head('race')).res.headers['content-length']).toBe('1')
  })
})

describe('symlinks', () => {
  test('stand for another object', async () => {
    await client.put('targets/ü', Bytes.from('target'), { mime: 'text/x-target' })
    await client.putSymlink('link', 'targets/ü', { meta: { own: '1' } })
    const answer = await send({ path: `/${BUCKET}/link?symlink` })
    expect(answer.headers['x-oss-symlink-target']).toBe('targets%2F%C3%BC')
    const { content, res } = await client.get('link')
    expect(String(content)).toBe('target')
    expect(res.headers).toMatchObject({ 'x-oss-object-type': 'Symlink', 'x-oss-meta-own': '1', 'content-length': '6' })
    expect(String((await get('link', { range: 'bytes=1-2' })).body)).toBe('ar')
    expect((await head('link')).headers['x-oss-hash-crc64ecma']).toBe(res.headers['x-oss-hash-crc64ecma'])
    expect((await client.listV2({ prefix: 'link' })).objects).toMatchObject([
      { name: 'link', type: 'Symlink', size: 0 },
    ])
  })

  test('are refused when they lead nowhere, or are none', async () => {
    await client.putSymlink('astray', 'no/such')
    expect(await get('astray')).toMatchObject({ status: 404, code: 'SymlinkTargetNotExist' })
    await client.putSymlink('twice', 'astray')
    expect(await get('twice')).toMatchObject({ status: 400, code: 'InvalidTargetType' })
    await client.put('none', Bytes.from('x'))
    expect(await send({ path: `/${BUCKET}/none?symlink` })).toMatchObject({ status: 400, code: 'NotSymlink' })
    await client.copy('copied', 'link')
    expect(String((await client.get('copied')).content)).toBe('target')
  })
})

describe('archived objects', () => {
  const restore = (key: string, body = ''): Promise<RawAnswer> =>
    send({ method: 'POST', path: `/${BUCKET}/${key}?restore`, headers: { 'content-length': body.length }, body })

  test('are read after they were restored, for as long as was asked', async () => {
    await client.put('archived', Bytes.from('x'), { headers: { 'x-oss-storage-class': 'Archive' } })
    const refused = await get('archived')
    expect(refused).toMatchObject({ status: 403, code: 'InvalidObjectState' })
    expect(refused.headers['x-oss-ec']).toBe('0016-00000404')
    await expect(client.copy('copy', 'archived')).rejects.toMatchObject({ code: 'InvalidObjectState' })
    expect((await head('archived')).headers['x-oss-restore']).toBeUndefined()

    expect((await restore('archived', '<RestoreRequest><Days>2</Days></RestoreRequest>')).status).toBe(202)
    expect((await head('archived')).headers['x-oss-restore']).toBe('ongoing-request="true"')
    expect(await restore('archived')).toMatchObject({ status: 409, code: 'RestoreAlreadyInProgress' })
    expect((await get('archived')).code).toBe('InvalidObjectState')

    local.clock.offsetMs = 61_000
    expect((await head('archived')).headers['x-oss-restore']).toMatch(/^ongoing-request="false", expiry-date=".* GMT"$/)
    expect(String((await get('archived')).body)).toBe('x')
    expect((await restore('archived')).status).toBe(200)

    local.clock.offsetMs = 3 * 24 * 3_600_000
    expect((await get('archived')).code).toBe('InvalidObjectState')
  })

  test('take hours in the colder classes, by tier', async () => {
    const tiers = (tier: string): string =>
      `<RestoreRequest><Days>1</Days><JobParameters><Tier>${tier}</Tier></JobParameters></RestoreRequest>`
    await client.put('cold', Bytes.from('x'), { headers: { 'x-oss-storage-class': 'ColdArchive' } })
    expect(await restore('cold', tiers('Fast'))).toMatchObject({ status: 400, code: 'MalformedXML' })
    expect((await restore('cold', tiers('Expedited'))).status).toBe(202)
    local.clock.offsetMs = 59 * 60_000
    expect((await get('cold')).code).toBe('InvalidObjectState')
    local.clock.offsetMs = 61 * 60_000
    expect((await get('cold')).status).toBe(200)
  })

  test('are the only ones to be restored', async () => {
    await client.put('standard', Bytes.from('x'))
    expect(await restore('standard')).toMatchObject({ status: 400, code: 'OperationNotSupported' })
    expect(await restore('missing')).toMatchObject({ status: 404, code: 'NoSuchKey' })
  })
})

describe('compressed answers', () => {
  const text = 'some text that repeats, '.repeat(10_000)

  test('of text have neither ETag nor length', async () => {
    for (const key of ['long', 'short']) {
      const body = Bytes.from(key === 'long' ? text : text.slice(0, 2000))
      await client.put(key, body, { mime: 'text/plain; charset=utf-8' })
      const { status, headers, body: sent } = await get(key, { 'accept-encoding': 'gzip' })
      expect([status, headers['content-encoding']]).toEqual([200, 'gzip'])
      expect([headers.etag, headers['content-length'], headers['content-md5']]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      expect(gunzipSync(sent)).toEqual(body)
    }
  })

  test('are not for ranges, small objects, other types or those that are compressed', async () => {
    const gzip = { 'accept-encoding': 'gzip' }
    await client.put('tiny', Bytes.from(text.slice(0, 1000)), { mime: 'text/plain' })
    await client.put('binary', Bytes.from(text))
    await client.put('encoded', Bytes.from(text), { mime: 'text/plain', headers: { 'Content-Encoding': 'br' } })
    for (const answer of [
      await get('long', { ...gzip, range: 'bytes=0-9' }),
      await get('tiny', gzip),
      await get('binary', gzip),
      await get('long'),
    ]) {
      expect([answer.headers['content-encoding'], answer.headers.etag]).toEqual([undefined, expect.any(String)])
    }
    expect((await get('encoded', gzip)).headers['content-encoding']).toBe('br')
  })
})

describe('several ranges', () => {
  const bytes = someBytes(300_000)
  const multi = { 'x-oss-multi-range-behavior': 'multi-range' }

  test('come in one answer, each with its head', async () => {
    await client.put('ranges', bytes)
    const answer = await get('ranges', { ...multi, range: 'bytes=0-1,100000-299999, -3' })
    expect(answer.status).toBe(206)
    const [, boundary = ''] = /^multipart\/byteranges; boundary=(\w+)$/.exec(answer.headers['content-type'] ?? '') ?? []
    expect(Number(answer.headers['content-length'])).toBe(answer.body.length)
    const parts = answer.body.toString('latin1').split(`\r\n--${boundary}`)
    expect(parts.at(-1)).toBe('--\r\n')
    const found = parts.slice(1, -1).map((part) => {
      const at = part.indexOf('\r\n\r\n')
      const [, range = ''] = /Content-Range: (.*)/.exec(part.slice(0, at)) ?? []
      return [range, Bytes.from(part.slice(at + 4), 'latin1')]
    })
    expect(found).toEqual([
      ['bytes 0-1/300000', bytes.subarray(0, 2)],
      ['bytes 100000-299999/300000', bytes.subarray(100_000)],
      ['bytes 299997-299999/300000', bytes.subarray(-3)],
    ])
  })

  test('come no faster than the request allows itself', async () => {
    const start = performance.now()
    const headers = { ...multi, range: 'bytes=0-29999,30000-59999', 'x-oss-traffic-limit': '819200' }
    expect((await get('ranges', headers)).status).toBe(206)
    expect(performance.now() - start).toBeGreaterThan(500)
  })

  test('mean nothing unless they are asked for, or when one of them is not there', async () => {
    for (const headers of [
      { range: 'bytes=0-1,3-4' },
      { ...multi, range: 'bytes=0-1,300000-300001' },
      { ...multi, range: `bytes=${Array(51).fill('0-0').join(',')}` },
    ]) {
      const answer = await get('ranges', headers)
      expect([answer.status, answer.body.length]).toEqual([200, 300_000])
    }
  })
})
