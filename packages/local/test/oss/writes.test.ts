import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkCopyLength } from '../../src/oss/protocol/object/copy-source.js'
import type { ObjectFacts } from '../../src/oss/protocol/facts.js'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer, type RawRequest } from './raw-request.js'
import { createClient, someBytes, type Client } from './target.js'

let local: LocalOss
let client: Client

beforeAll(async () => {
  local = await startLocalOss()
  client = clientOf(BUCKET)
})
afterAll(() => local.close())

const clientOf = (bucket: string): Client =>
  createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket, ...ACCESS_KEY })
const send = (raw: RawRequest, resource = raw.path): Promise<RawAnswer> =>
  sendRaw(local.port, signV1(ACCESS_KEY, raw, resource))
const put = (key: string, headers: Record<string, string>, body = 'x'): Promise<RawAnswer> =>
  send({
    method: 'PUT',
    path: `/${BUCKET}/${key}`,
    headers: { 'content-length': String(body.length), ...headers },
    body,
  })

/** An upload of one part, not completed. */
async function uploadOf(
  key: string,
  headers: Record<string, string> = {},
): Promise<{ uploadId: string; etag: string }> {
  const { uploadId } = await client.initMultipartUpload(key, { headers })
  const { res } = await client.uploadPart(key, uploadId, 1, Buffer.from('x'), 0, 1)
  return { uploadId, etag: res.headers.etag }
}

describe('server-side encryption', () => {
  const kms = { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'a-key' }

  test('is told by every answer about the object', async () => {
    for (const headers of [
      kms,
      { 'x-oss-server-side-encryption': 'AES256' },
      { 'x-oss-server-side-encryption': 'SM4' },
    ]) {
      expect((await put('sse', headers)).headers).toMatchObject(headers)
      expect((await client.get('sse')).res.headers).toMatchObject(headers)
      expect((await client.head('sse')).res.headers).toMatchObject(headers)
      const started = await send({ method: 'POST', path: `/${BUCKET}/parts?uploads`, headers })
      expect(started.headers).toMatchObject(headers)
      const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(String(started.body)) ?? []
      const path = `/${BUCKET}/parts?partNumber=1&uploadId=${uploadId}`
      const part = await send({ method: 'PUT', path, headers: { 'content-length': 1 }, body: 'x' })
      expect(part.headers).toMatchObject(headers)
      const parts = [{ number: 1, etag: part.headers.etag }]
      expect((await client.completeMultipartUpload('parts', uploadId, parts)).res.headers).toMatchObject(headers)
      expect((await client.head('parts')).res.headers).toMatchObject(headers)
    }
  })

  test('is not copied', async () => {
    await put('sse', kms)
    await client.copy('copied', 'sse')
    expect((await client.head('copied')).res.headers['x-oss-server-side-encryption']).toBeUndefined()
    const copied = await client.copy('copied', 'sse', { headers: { 'x-oss-server-side-encryption': 'AES256' } })
    expect(copied.res.headers['x-oss-server-side-encryption']).toBe('AES256')
  })

  test.each([
    [{ 'x-oss-server-side-encryption': 'BOGUS' }, 'InvalidEncryptionAlgorithmError'],
    [{ 'x-oss-server-side-encryption': 'AES256', 'x-oss-server-side-encryption-key-id': 'k' }, 'InvalidArgument'],
    [{ 'x-oss-server-side-encryption-key-id': 'k' }, 'InvalidArgument'],
    [{ ...kms, 'x-oss-server-side-data-encryption': 'AES256' }, 'InvalidArgument'],
  ])('is refused as %j', async (headers, code) => {
    const answer = await put('refused', headers)
    expect([answer.status, answer.code]).toEqual([400, code])
    await expect(client.head('refused')).rejects.toMatchObject({ status: 404 })
  })
})

describe('multipart uploads', () => {
  test('are completed with another ACL', async () => {
    const { uploadId, etag } = await uploadOf('acl')
    const headers = { 'x-oss-object-acl': 'public-read' }
    await client.completeMultipartUpload('acl', uploadId, [{ number: 1, etag }], { headers })
    expect((await client.getACL('acl')).acl).toBe('public-read')
    const other = await uploadOf('acl')
    const bogus = { headers: { 'x-oss-object-acl': 'bogus' } }
    const refused = client.completeMultipartUpload('acl', other.uploadId, [{ number: 1, etag }], bogus)
    await expect(refused).rejects.toMatchObject({ code: 'InvalidArgument' })
  })

  test('tell encrypting clients how they were begun', async () => {
    const prefix = 'x-oss-meta-client-side-encryption-'
    const names = ['key', 'start', 'cek-alg', 'wrap-alg']
    const headers = {
      ...Object.fromEntries(names.map((name) => [`${prefix}${name}`, `the ${name}`])),
      [`${prefix}part-size`]: '102400',
      [`${prefix}data-size`]: '1',
    }
    const { uploadId } = await uploadOf('cse', headers)
    const answer = await send({ path: `/${BUCKET}/cse?uploadId=${uploadId}` })
    const told = [...String(answer.body).matchAll(/<ClientEncryption(\w+)>([^<]*)</g)].map(([, name, text]) => [
      name,
      text,
    ])
    expect(told).toEqual([
      ['Key', 'the key'],
      ['Start', 'the start'],
      ['CekAlg', 'the cek-alg'],
      ['WrapAlg', 'the wrap-alg'],
      ['PartSize', '102400'],
      ['DataSize', '1'],
    ])
  })

  test('say where the object is, in the style of the request', async () => {
    const { uploadId, etag } = await uploadOf('a b')
    const { res } = await client.completeMultipartUpload('a b', uploadId, [{ number: 1, etag }])
    expect(String(res.data)).toContain(`<Location>${local.endpoint}/${BUCKET}/a%20b</Location>`)
  })

  test('take no body when all parts are meant', async () => {
    const { uploadId } = await uploadOf('all')
    const path = `/${BUCKET}/all?uploadId=${uploadId}`
    const headers = { 'x-oss-complete-all': 'yes' }
    const refused = await send({ method: 'POST', path, headers: { ...headers, 'content-length': 1 }, body: 'x' })
    expect([refused.status, refused.code, refused.headers['x-oss-ec']]).toEqual([
      400,
      'InvalidArgument',
      '0042-00000216',
    ])
    expect((await send({ method: 'POST', path, headers: { ...headers, 'content-length': 0 } })).status).toBe(200)
  })

  test('have an MD5 when their parts come in sequence', async () => {
    const start = await send(
      { method: 'POST', path: `/${BUCKET}/sequence?uploads&sequential` },
      `/${BUCKET}/sequence?sequential&uploads`,
    )
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(String(start.body)) ?? []
    const parts = [someBytes(150_000, 1), someBytes(10, 2)]
    const upload = (number: number, body = parts[number - 1] ?? Buffer.alloc(1)): Promise<RawAnswer> => {
      const path = `/${BUCKET}/sequence?partNumber=${number}&uploadId=${uploadId}`
      return send({ method: 'PUT', path, headers: { 'content-length': body.length }, body })
    }
    expect((await upload(2)).code).toBe('PartNotSequential')
    const first = await upload(1)
    expect((await upload(3)).code).toBe('PartNotSequential')
    const second = await upload(2)
    const named = [first, second].map(({ headers }, index) => ({ number: index + 1, etag: headers.etag }))
    await client.completeMultipartUpload('sequence', uploadId, named)
    const md5 = createHash('md5').update(Buffer.concat(parts)).digest('base64')
    expect((await client.head('sequence')).res.headers['content-md5']).toBe(md5)
    expect((await client.get('sequence')).res.headers['content-md5']).toBe(md5)
  })
})

describe('copies', () => {
  test('that replace the metadata keep the content type and nothing else', async () => {
    const headers = { 'Content-Type': 'text/x-from', 'Cache-Control': 'no-cache' }
    await client.put('from', Buffer.from('x'), { headers, meta: { old: '1' } })
    const replace = {
      'x-oss-copy-source': `/${BUCKET}/from`,
      'x-oss-metadata-directive': 'REPLACE',
      'x-oss-meta-new': '1',
    }
    expect((await put('to', { ...replace, 'content-length': '0' }, '')).status).toBe(200)
    const { res } = await client.head('to')
    expect(res.headers).toMatchObject({ 'content-type': 'text/x-from', 'x-oss-meta-new': '1' })
    expect([res.headers['cache-control'], res.headers['x-oss-meta-old']]).toEqual([undefined, undefined])
  })

  test('have no CRC in their answers', async () => {
    expect((await client.copy('to', 'from')).res.headers['x-oss-hash-crc64ecma']).toBeUndefined()
    expect((await client.head('to')).res.headers['x-oss-hash-crc64ecma']).toBeDefined()
  })

  test('onto themselves keep the metadata where there are versions', async () => {
    await client.putBucket('osscrypt-versions')
    const versioned = clientOf('osscrypt-versions')
    await versioned.put('a', Buffer.from('x'), { meta: { kept: '1' } })
    await versioned.copy('a', 'a')
    expect((await versioned.head('a')).meta).toBeNull()
    await versioned.put('a', Buffer.from('x'), { meta: { kept: '1' } })
    await versioned.putBucketVersioning('osscrypt-versions', 'Enabled')
    await versioned.copy('a', 'a')
    expect((await versioned.head('a')).meta).toEqual({ kept: '1' })
  })

  test.each([
    [5 * 1024 ** 3 + 1, BUCKET, {}, true],
    [5 * 1024 ** 3, 'other', {}, true],
    [5 * 1024 ** 3 + 1, 'other', {}, false],
    [1024 ** 3, BUCKET, { storageClass: 'IA' }, true],
    [1024 ** 3 + 1, BUCKET, { storageClass: 'IA' }, false],
    [1024 ** 3 + 1, BUCKET, { encryption: { algorithm: 'AES256' } }, false],
  ])('of %i bytes to %s as %j', (size, to, changes, isAllowed) => {
    const facts = { size, storageClass: 'Standard' } as unknown as ObjectFacts
    const copy = (): void =>
      checkCopyLength({ bucketName: BUCKET, object: { facts } }, to, { storageClass: 'Standard', ...changes })
    if (isAllowed) expect(copy).not.toThrow()
    else expect(copy).toThrow('exceeds the maximum allowed size')
  })
})

describe('conditions of writes', () => {
  test.each(['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'])(
    '%s is refused',
    async (name) => {
      const answer = await put('conditional', { [name]: '*' })
      expect([answer.status, answer.code, answer.headers['x-oss-ec']]).toEqual([400, 'NotImplemented', '0017-00000245'])
      expect(String(answer.body)).toContain(`<Header>${name}</Header>`)
      await expect(client.head('conditional')).rejects.toMatchObject({ status: 404 })
    },
  )

  test('are true or false when they forbid to overwrite', async () => {
    const answer = await put('once', { 'x-oss-forbid-overwrite': 'yes' })
    expect([answer.status, answer.code, answer.headers['x-oss-ec']]).toEqual([400, 'InvalidArgument', '0017-00000279'])
    expect((await put('once', { 'x-oss-forbid-overwrite': 'false' })).status).toBe(200)
    const again = await put('once', { 'x-oss-forbid-overwrite': 'true' })
    expect([again.status, again.headers['x-oss-ec']]).toEqual([409, '0026-00000002'])
  })

  test('mean nothing where there are versions', async () => {
    for (const status of ['Enabled', 'Suspended']) {
      const name = `osscrypt-${status.toLowerCase()}`
      await client.putBucket(name)
      const versioned = clientOf(name)
      await versioned.put('a', Buffer.from('1'))
      await versioned.putBucketVersioning(name, status)
      await versioned.put('a', Buffer.from('2'), { headers: { 'x-oss-forbid-overwrite': 'true' } })
      expect(String((await versioned.get('a')).content)).toBe('2')
    }
  })
})

describe('bodies', () => {
  test('may come in chunks though there is a length', async () => {
    const headers = { 'Content-Length': 5 }
    await client.put('chunks', Readable.from([Buffer.from('by'), Buffer.from('tes')]), { headers })
    expect(String((await client.get('chunks')).content)).toBe('bytes')
  })

  test('no faster than the request allows itself', async () => {
    const bytes = someBytes(60_000)
    const headers = { 'x-oss-traffic-limit': '819200' }
    let start = performance.now()
    await client.put('slow', bytes, { headers })
    expect(performance.now() - start).toBeGreaterThan(500)
    start = performance.now()
    expect((await client.get('slow', { headers })).content).toEqual(bytes)
    expect(performance.now() - start).toBeGreaterThan(500)
    const url = client.signatureUrl('slow', { trafficLimit: 838_860_800 })
    expect((await fetch(url)).status).toBe(200)
    expect((await put('fast', { 'x-oss-traffic-limit': '819199' })).code).toBe('InvalidArgument')
  })

  test('that are no HTTP are answered in XML', async () => {
    const text = await new Promise<string>((resolve) => {
      let received = ''
      const socket = connect(local.port, '127.0.0.1', () => socket.write('PUT /a b c\r\n\r\n'))
      socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
      socket.on('close', () => resolve(received))
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(text).toContain('<Code>InvalidRequest</Code>')
  })
})
