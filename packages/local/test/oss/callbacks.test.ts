import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer } from './raw-request.js'
import { createClient, type Client } from './target.js'

let local: LocalOss
let client: Client
let listener: Server
let url: string
let answer = { status: 200, body: '{"Status":"OK"}' }
const received: { headers: IncomingHttpHeaders; body: string }[] = []

beforeAll(async () => {
  local = await startLocalOss()
  client = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })
  listener = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(answer.status, { 'content-length': Buffer.byteLength(answer.body) }).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/told`
})
afterAll(async () => {
  listener.close()
  await local.close()
})

const put = (key: string, settings: Record<string, string>): Promise<RawAnswer> => {
  const headers = {
    'content-length': 1,
    'x-oss-callback': Buffer.from(JSON.stringify(settings)).toString('base64'),
  }
  const path = `/${BUCKET}/${key}`
  return sendRaw(local.port, signV1(ACCESS_KEY, { method: 'PUT', path, headers, body: 'x' }, path))
}

test('tells of an upload and answers what comes back', async () => {
  const body =
    'bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&type=${mimeType}&own=${x:own}&none=${nothing}'
  const result = await client.put('a b', Buffer.from('x'), {
    mime: 'text/x-a',
    callback: { url, body, customValue: { own: 'an own value' } },
  })
  expect(result.data).toEqual({ Status: 'OK' })
  expect(received.at(-1)?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect(Object.fromEntries(new URLSearchParams(received.at(-1)?.body))).toEqual({
    bucket: BUCKET,
    object: 'a b',
    etag: '9DD4E461268C8034F5C8564E155C67A6',
    size: '1',
    type: 'text/x-a',
    own: 'an own value',
    none: '',
  })
})

test('tells of a completed upload, in JSON', async () => {
  const { uploadId } = await client.initMultipartUpload('parts')
  const { res } = await client.uploadPart('parts', uploadId, 1, Buffer.from('x'), 0, 1)
  const callback = { url, body: '{"size":${size},"object":${object}}', contentType: 'application/json' }
  const parts = [{ number: 1, etag: res.headers.etag }]
  const completed = await client.completeMultipartUpload('parts', uploadId, parts, { callback })
  expect(completed.data).toEqual({ Status: 'OK' })
  expect(JSON.parse(received.at(-1)?.body ?? '')).toEqual({ size: 1, object: 'parts' })
})

test.each([
  [500, '{}'],
  [200, 'not JSON'],
])('keeps the object when the callback fails with %i %s', async (status, body) => {
  answer = { status, body }
  const failed = await put('kept', { callbackUrl: url, callbackBody: 'a' })
  expect([failed.status, failed.code, failed.headers['x-oss-ec']]).toEqual([203, 'CallbackFailed', '0007-00000203'])
  expect(String((await client.get('kept')).content)).toBe('x')
  await client.delete('kept')
  answer = { status: 200, body: '{}' }
})

test.each([
  [{ callbackUrl: 'http://example.com/', callbackBody: 'a' }, 501, 'NotImplemented'],
  [{ callbackUrl: 'http://127.0.0.1.example.com/', callbackBody: 'a' }, 501, 'NotImplemented'],
  [{ callbackUrl: 'nothing', callbackBody: 'a' }, 400, 'InvalidArgument'],
  [{ callbackUrl: 'http://127.0.0.1/' }, 400, 'InvalidArgument'],
  [{ callbackUrl: 'http://127.0.0.1/', callbackBody: 'a', callbackBodyType: 'text/plain' }, 400, 'InvalidArgument'],
])('stores nothing for the callback %j', async (settings, status, code) => {
  const refused = await put('unkept', settings)
  expect([refused.status, refused.code]).toEqual([status, code])
  await expect(client.head('unkept')).rejects.toMatchObject({ status: 404 })
})
