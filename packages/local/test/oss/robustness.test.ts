import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer, type RawRequest } from './raw-request.js'
import { createClient, someBytes, type Client } from './target.js'

let local: LocalOss
let client: Client

beforeAll(async () => {
  local = await startLocalOss()
  client = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })
})
afterAll(() => local.close())

const send = (raw: RawRequest, resource = raw.path): Promise<RawAnswer> =>
  sendRaw(local.port, signV1(ACCESS_KEY, raw, resource))
const dataFiles = (): Promise<string[]> => readdir(join(local.folder, 'buckets', BUCKET, 'data'))

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let left = 100; ; left -= 1) {
    try {
      await check()
      return
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

test.each([
  ['DELETE', '/', 'MethodNotAllowed', 405],
  ['PATCH', `/${BUCKET}/a`, 'MethodNotAllowed', 405],
  ['GET', `/${BUCKET}/?lifecycle`, 'NotImplemented', 501],
  ['PUT', `/${BUCKET}/?acl&tagging`, 'NotImplemented', 501],
  ['PUT', '/Bad_Bucket/', 'InvalidBucketName', 400],
  ['PUT', '/xn/', 'InvalidBucketName', 400],
  ['GET', '/osscrypt-no-such-bucket/', 'NoSuchBucket', 404],
  ['GET', '/osscrypt-no-such-bucket/key', 'NoSuchBucket', 404],
  ['PUT', `/${BUCKET}//slash-first`, 'InvalidObjectName', 400],
  ['PUT', `/${BUCKET}/${'k'.repeat(1024)}`, 'InvalidObjectName', 400],
  ['GET', `/${BUCKET}/a?versionId=none`, 'NoSuchVersion', 404],
  ['POST', `/${BUCKET}/?delete`, 'MissingArgument', 400],
])('answers %s %s with %s', async (method, path, code, status) => {
  const answer = await send({ method, path, headers: { 'content-length': 0 } })
  expect([answer.code, answer.status]).toEqual([code, status])
  expect(answer.headers['content-type']).toBe('application/xml')
})

test.each(['/%ff', `/${BUCKET}/%`, `/${BUCKET}/a?x=%zz`, '//', '/?&&=&', `/${BUCKET}/a?uploadId`])(
  'survives the path %s',
  async (path) => {
    const answer = await sendRaw(local.port, { path })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  },
)

test('refuses names of metadata that OSS does not have', async () => {
  const headers = { 'content-length': 0, 'x-oss-meta-a_b': '1' }
  expect((await send({ method: 'PUT', path: `/${BUCKET}/a`, headers })).code).toBe('InvalidArgument')
})

test('asks for a length', async () => {
  const signed = signV1(ACCESS_KEY, { method: 'PUT', path: `/${BUCKET}/a` }, `/${BUCKET}/a`)
  const { date = '', authorization = '' } = signed.headers ?? {}
  const text = await exchange(
    `PUT /${BUCKET}/a HTTP/1.1\r\nHost: localhost\r\nDate: ${date}\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
  )
  expect(text).toContain('411 Length Required')
  expect(text).toContain('MissingContentLength')
})

test('refuses more than 5 GB before it is sent', async () => {
  const raw = { method: 'PUT', path: `/${BUCKET}/a`, headers: { 'content-length': 5 * 1024 ** 3 + 1 } }
  const { headers = {} } = signV1(ACCESS_KEY, raw, raw.path)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = await exchange(`PUT ${raw.path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`)
  expect(text).toContain('EntityTooLarge')
})

/** Sends text and resolves with the answer as soon as one is there. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(local.port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      received += chunk
      if (received.includes('</Error>')) {
        resolve(received)
        socket.destroy()
      }
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

test.each([
  ['nothing', ''],
  ['no XML', 'hello'],
  ['another root', '<Other/>'],
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><Delete><Object><Key>&b;</Key></Object></Delete>'],
  ['an open element', '<Delete><Object>'],
  ['an object without a key', '<Delete><Object></Object></Delete>'],
  ['a broken switch', '<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>'],
  ['too many objects', `<Delete>${'<Object><Key>a</Key></Object>'.repeat(1001)}</Delete>`],
  ['deep nesting', `<Delete>${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}</Delete>`],
  ['more than 5 MB', `<Delete><!--${'x'.repeat(6_000_000)}--><Object><Key>a</Key></Object></Delete>`],
])('refuses to delete what is named by %s', async (_, body) => {
  const md5 = createHash('md5').update(body).digest('base64')
  const headers = { 'content-length': Buffer.byteLength(body), 'content-md5': md5 }
  const answer = await send({ method: 'POST', path: `/${BUCKET}?delete`, headers, body }, `/${BUCKET}/?delete`)
  expect([answer.status, answer.code]).toEqual([400, 'MalformedXML'])
})

test('keeps nothing of an upload whose client goes away', async () => {
  const before = await dataFiles()
  for (const length of [1000, 5_000_000]) {
    const raw = { method: 'PUT', path: `/${BUCKET}/gone`, headers: { 'content-length': length + 1 } }
    const { headers = {} } = signV1(ACCESS_KEY, raw, raw.path)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    await new Promise<void>((resolve) => {
      const socket = connect(local.port, '127.0.0.1', () => {
        socket.write(`PUT ${raw.path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`)
        socket.write(Buffer.alloc(length), () => setTimeout(() => socket.destroy(), 50))
      })
      socket.on('close', () => resolve())
    })
  }
  await eventually(async () => expect(await dataFiles()).toEqual(before))
  await expect(client.head('gone')).rejects.toMatchObject({ status: 404 })
})

test('removes the data of what is overwritten or deleted', async () => {
  const before = (await dataFiles()).length
  for (let i = 0; i < 5; i += 1) await client.put('again', someBytes(1000, i))
  await client.copy('copy', 'again')
  await eventually(async () => expect(await dataFiles()).toHaveLength(before + 2))
  await client.delete('again')
  expect((await client.get('copy')).content).toEqual(someBytes(1000, 4))
  await client.delete('copy')
  await eventually(async () => expect(await dataFiles()).toHaveLength(before))
})

test('reads the bytes it began to read while the object is overwritten and deleted', async () => {
  const old = someBytes(20_000_000)
  await client.put('read', old)
  const { stream } = await client.getStream('read')
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunks.length === 0) {
      await client.put('read', someBytes(20_000_000, 2))
      await client.delete('read')
    }
    chunks.push(chunk)
  }
  expect(Buffer.compare(Buffer.concat(chunks), old)).toBe(0)
  await eventually(async () => expect(await dataFiles()).toHaveLength(0))
})

test('gives one of two objects that are put at once', async () => {
  const puts = [1, 2, 3, 4].map((seed) => someBytes(500_000, seed))
  await Promise.all(puts.map((bytes) => client.put('race', bytes)))
  const { content } = await client.get('race')
  expect(puts.some((bytes) => Buffer.compare(bytes, content) === 0)).toBe(true)
  await client.delete('race')
})
