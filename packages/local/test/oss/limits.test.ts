import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer, type RawRequest } from './raw-request.js'
import { createClient, type Client, type Target } from './target.js'

let local: LocalOss
let target: Target
let client: Client

beforeAll(async () => {
  local = await startLocalOss()
  target = { endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY }
  client = createClient(target)
})
afterAll(() => local.close())

const send = (raw: RawRequest, resource = raw.path): Promise<RawAnswer> =>
  sendRaw(local.port, signV1(ACCESS_KEY, raw, resource))

describe('names that XML cannot hold', () => {
  const name = 'control\u0001\u001f&.bin'

  test('are percent-encoded in listings, and the listing says so', async () => {
    await client.put(name, Buffer.from('x'))
    for (const query of ['?prefix=control', '?list-type=2&prefix=control', '?versions&prefix=control']) {
      const resource = query.startsWith('?versions') ? `/${BUCKET}/?versions` : `/${BUCKET}/`
      const body = String((await send({ path: `/${BUCKET}/${query}` }, resource)).body)
      expect(body).toContain('<EncodingType>url</EncodingType>')
      expect(body).toContain(`<Key>${encodeURIComponent(name)}</Key>`)
      expect(body).not.toMatch(/&#\d+;/)
    }
  })

  test('and others are told as they are', async () => {
    await client.put('plain & simple', Buffer.from('x'))
    const body = String((await send({ path: `/${BUCKET}/?prefix=plain` }, `/${BUCKET}/`)).body)
    expect(body).toContain('<Key>plain &amp; simple</Key>')
    expect(body).not.toContain('EncodingType')
  })
})

test.each([
  ['?prefix=', ''],
  ['?marker=', ''],
  ['?delimiter=', ''],
  ['?list-type=2&start-after=', ''],
  ['?versions&key-marker=', '?versions'],
  ['?uploads&prefix=', '?uploads'],
])('refuses a text of more than 1024 bytes in %s', async (query, signed) => {
  const path = (length: number): string => `/${BUCKET}/${query}${'é'.repeat(length / 2).replaceAll('é', '%C3%A9')}`
  expect((await send({ path: path(1024) }, `/${BUCKET}/${signed}`)).status).toBe(200)
  const refused = await send({ path: path(1026) }, `/${BUCKET}/${signed}`)
  expect([refused.status, refused.code]).toEqual([400, 'InvalidArgument'])
})

test('names the last upload of a page, the last page too', async () => {
  for (const key of ['u/1', 'u/2', 'u/3']) await client.initMultipartUpload(key)
  const page = await client.listUploads({ prefix: 'u/', 'max-uploads': 2 })
  expect([page.nextKeyMarker, page.isTruncated]).toEqual(['u/2', true])
  const last = await client.listUploads({ prefix: 'u/', 'key-marker': 'u/2' })
  expect([last.nextKeyMarker, last.isTruncated]).toEqual(['u/3', false])
  expect(last.nextUploadIdMarker).toBe(last.uploads[0].uploadId)
})

test('tells all about a bucket', async () => {
  const { bucket } = await client.getBucketInfo(BUCKET)
  expect(bucket).toMatchObject({
    ServerSideEncryptionRule: { SSEAlgorithm: 'None' },
    Comment: '',
    AccessMonitor: 'Disabled',
    BlockPublicAccess: 'false',
    CrossRegionReplication: 'Disabled',
  })
})

test('makes the bucket whose ACL is put', async () => {
  const path = '/osscrypt-new-acl/?acl'
  const answer = await send({ method: 'PUT', path, headers: { 'x-oss-acl': 'public-read', 'content-length': 0 } })
  expect([answer.status, answer.headers.location]).toEqual([200, '/osscrypt-new-acl'])
  expect((await client.getBucketACL('osscrypt-new-acl')).acl).toBe('public-read')
})

test.each(['a=50%', 'a%=1', 'a=<b>', 'a=1&a=2'])('refuses the tags %s', async (tagging) => {
  const headers = { 'x-oss-tagging': tagging, 'content-length': 0 }
  const answer = await send({ method: 'PUT', path: `/${BUCKET}/tagged`, headers })
  expect([answer.status, answer.code]).toEqual([400, 'InvalidTag'])
})

test('takes tags of letters, digits and some signs', async () => {
  const headers = { 'x-oss-tagging': 'a+b=%2B-%3D._%3A%2F%201', 'content-length': 0 }
  expect((await send({ method: 'PUT', path: `/${BUCKET}/tagged`, headers })).status).toBe(200)
  expect((await client.getObjectTagging('tagged')).tag).toEqual({ 'a b': '+-=._:/ 1' })
})

test('refuses to delete versions whose ids cannot be', async () => {
  const body = `<Delete><Object><Key>a</Key><VersionId>no such/id</VersionId></Object></Delete>`
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64'), 'content-length': body.length }
  const answer = await send({ method: 'POST', path: `/${BUCKET}/?delete`, headers, body })
  expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument'])
})

test.each([false, true])('answers with a file name in Chinese (version 4: %s)', async (authorizationV4) => {
  await client.put('named', Buffer.from('x'))
  const own = createClient(target, { authorizationV4 })
  const disposition = 'attachment; filename="文件.txt"'
  const url = authorizationV4
    ? await own.signatureUrlV4('GET', 60, { queries: { 'response-content-disposition': disposition } }, 'named')
    : own.signatureUrl('named', { response: { 'content-disposition': disposition } })
  const { pathname, search } = new URL(url)
  const answer = await sendRaw(local.port, { path: pathname + search, headers: { host: `localhost:${local.port}` } })
  expect(answer.status).toBe(200)
  expect(Buffer.from(answer.headers['content-disposition'] ?? '', 'latin1').toString()).toBe(disposition)
})
