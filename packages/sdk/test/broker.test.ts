import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { createBroker, type BrokerAuditRecord, type CreateBrokerOptions } from 'osscrypt/broker'
import { beforeEach, describe, expect, test } from 'vitest'
import { BUCKET, fastRetry, useCloud } from './support/cloud-fixture.js'

const ORIGIN = 'https://app.example.com'
const cloud = useCloud()
let records: BrokerAuditRecord[]
let sent: string[]
let answered: string[]

beforeEach(() => {
  records = []
  sent = []
  answered = []
})

function broker(options: Partial<CreateBrokerOptions> = {}) {
  return createBroker({
    dataKeys: cloud.dataKeys(),
    bucket: { bucket: BUCKET, region: 'cn-hangzhou', url: `${cloud.cloud.oss.endpoint}/${BUCKET}` },
    credentials: cloud.cloud.credentials,
    origins: [ORIGIN],
    authorize: (request, _action, name) => {
      const user = request.headers.get('authorization') ?? ''
      return user !== '' && name.startsWith(`${user}/`) ? { user, encryptionContext: { tenant: user } } : null
    },
    audit: (record) => void records.push(record),
    ...options,
  })
}

type Change = (question: Record<string, unknown>) => Record<string, unknown>

/** What a page has: no credentials, and a broker that it reaches by fetch. */
function page(user: string, handler = broker(), { change = (same) => same }: { change?: Change } = {}) {
  const options = {
    url: 'https://app.example.com/osscrypt',
    headers: { authorization: user, origin: ORIGIN },
    fetch: async (url: string | URL | Request, init?: RequestInit) => {
      const body = JSON.stringify(change(JSON.parse(init?.body as string) as Record<string, unknown>))
      sent.push(body)
      const response = await handler(new Request(url, { ...init, body, headers: init?.headers ?? {} }))
      answered.push(await response.clone().text())
      return response
    },
  }
  return new OssEncryptionClient({
    store: new PresignedStore({ sign: signByBroker(options) }),
    dataKeys: new BrokerDataKeyProvider(options),
    retry: fastRetry,
    multipartThreshold: 400_000,
  })
}

const put = (client: OssEncryptionClient, name: string, tenant = 'anna') =>
  client.put(name, Buffer.from('hello'), { encryptionContext: { tenant } })

/** Sends a question again, as it was or changed. */
async function send(
  handler: (request: Request) => Promise<Response>,
  body: string,
  headers: Record<string, string> = {},
) {
  const all = { origin: ORIGIN, authorization: 'anna', 'content-type': 'application/json', ...headers }
  return (await handler(new Request('https://app.example.com/osscrypt', { method: 'POST', body, headers: all }))).status
}

const freshNonce = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')

/** A question that the broker would answer, as a page makes it. */
async function signQuestion(more: object = {}): Promise<string> {
  const question = { kind: 'sign', operation: 'GetObject', method: 'GET', name: 'anna/a', query: {}, headers: {} }
  return Promise.resolve(JSON.stringify({ ...question, nonce: freshNonce(), timeMs: Date.now(), ...more }))
}

describe('a page without credentials', () => {
  test('writes and reads objects, small and in parts', async () => {
    const client = page('anna')
    for (const length of [0, 5, 700_000]) {
      const plaintext = Buffer.alloc(length, 7)
      const options = { partLength: 200_000, encryptionContext: { tenant: 'anna' } }
      await client.put('anna/file 1+é', plaintext, options)
      expect(Buffer.from((await client.get('anna/file 1+é')).content).equals(plaintext)).toBe(true)
    }
    // What Node writes with KMS's own provider is what the page reads, and the other way round.
    const node = await cloud.client().get('anna/file 1+é')
    expect(node.content).toHaveLength(700_000)
    await client.copy('anna/copy', 'anna/file 1+é')
    expect((await client.get('anna/copy')).content).toHaveLength(700_000)
    await client.delete('anna/copy')
    expect(records.every(({ status, user }) => status === 200 && user === 'anna')).toBe(true)
    expect(new Set(records.map(({ operation }) => operation))).toContain('GenerateDataKey')
  })

  test('sees keys encrypted to it alone, and records hold no secret', async () => {
    const keys: string[] = []
    const inner = cloud.dataKeys()
    const dataKeys: CreateBrokerOptions['dataKeys'] = {
      generateDataKey: async (request) => {
        const materials = await inner.generateDataKey(request)
        keys.push(Buffer.from(materials.dataKey).toString('base64'))
        return materials
      },
      decryptDataKey: (request) => inner.decryptDataKey(request),
    }
    await put(page('anna', broker({ dataKeys })), 'anna/a')
    expect(keys).toHaveLength(1)
    for (const text of [...sent, ...answered, JSON.stringify(records)]) expect(text).not.toContain(keys[0])
    expect(JSON.stringify(records)).not.toContain('signature')
  })

  test('takes no key from an answer that was changed or belongs to another question', async () => {
    const handler = broker()
    let old: string | undefined
    const swapping = async (request: Request) => {
      const response = await handler(request)
      const text = await response.text()
      old ??= text
      return new Response(old, response)
    }
    await put(page('anna', swapping), 'anna/a').catch(() => undefined)
    await expect(put(page('anna', swapping), 'anna/b')).rejects.toMatchObject({ code: 'InvalidDataKey' })
  })
})

describe('the broker refuses', () => {
  test("another user's prefix, for data keys, signatures and sources of copies", async () => {
    await put(page('anna'), 'anna/a')
    await expect(put(page('bert'), 'anna/a', 'bert')).rejects.toMatchObject({ code: 'AccessDenied' })
    await expect(page('bert').get('anna/a')).rejects.toMatchObject({ code: 'AccessDenied' })
    const copy = { operation: 'CopyObject', method: 'PUT', name: 'anna/b', copySource: { name: 'bert/a' } }
    expect(await send(broker(), await signQuestion(copy))).toBe(403)
  })

  test("another user's wrapped key under a context of one's own", async () => {
    await put(page('anna'), 'anna/a')
    const change: Change = (question) =>
      question['kind'] === 'dataKey'
        ? { ...question, encryptionContext: { tenant: 'bert', 'osscrypt:object': 'bert/a' } }
        : { ...question, name: 'bert/a' }
    const { res } = await cloud.oss.copy('bert/a', 'anna/a')
    expect(res.status).toBe(200)
    await expect(page('bert', broker(), { change }).get('bert/a', { expectedKey: 'anna/a' })).rejects.toMatchObject({
      code: 'AccessDenied',
    })
  })

  test.each([
    ['another value', { tenant: 'bert' }],
    ['an entry left out', {}],
    ['an entry more', { tenant: 'anna', role: 'admin' }],
  ])('another context: %s', async (_, encryptionContext) => {
    const work = page('anna').put('anna/a', Buffer.from('x'), { encryptionContext })
    await expect(work).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(cloud.operations()).toEqual([])
  })

  test('a data key that is bound to no object', async () => {
    const options = { encryptionContext: { tenant: 'anna' }, bindToObject: false }
    await expect(page('anna').put('anna/a', Buffer.from('x'), options)).rejects.toMatchObject({ code: 'AccessDenied' })
  })

  test('a data key for floe, whose context at KMS names no object', async () => {
    const options = { format: 'floe', encryptionContext: { tenant: 'anna' } } as const
    await expect(page('anna').put('anna/a', Buffer.from('x'), options)).rejects.toMatchObject({ code: 'AccessDenied' })
  })

  test('another CMK, without asking KMS', async () => {
    await put(page('anna'), 'anna/a')
    const other = await cloud.cloud.createKey()
    cloud.cloud.clearRequests()
    const handler = broker({ dataKeys: cloud.dataKeys() })
    const change: Change = (question) =>
      question['kind'] === 'dataKey'
        ? { ...question, encryptedDataKeys: [{ keyArn: other, ciphertextBlob: 'AAAA' }] }
        : question
    await expect(page('anna', handler, { change }).get('anna/a')).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(cloud.operations().filter((operation) => operation.startsWith('kms'))).toEqual([])
  })

  test('a question that was answered before, and one that is too old', async () => {
    const handler = broker()
    const question = await signQuestion()
    expect(await send(handler, question)).toBe(200)
    expect(await send(handler, question)).toBe(403)
    expect(await send(handler, await signQuestion({ timeMs: Date.now() - 6 * 60_000 }))).toBe(403)
    expect(records.map(({ status }) => status)).toEqual([200, 403, 403])
  })

  test.each([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['the origin of a sandbox', { origin: 'null' }, 403],
    ["a form's type", { 'content-type': 'text/plain' }, 415],
  ])('%s', async (_, headers, status) => {
    expect(await send(broker(), await signQuestion(), headers)).toBe(status)
    expect(records).toEqual([])
  })

  test('a request without an origin, and answers only allowed origins a preflight', async () => {
    const plain = new Request('https://app.example.com/', { method: 'POST', body: '{}' })
    expect((await broker()(plain)).status).toBe(403)
    const asks = (origin: string) =>
      broker()(new Request('https://app.example.com/', { method: 'OPTIONS', headers: { origin } }))
    expect((await asks(ORIGIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect((await asks('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('what is too long, and what is no question', async () => {
    expect(await send(broker(), await signQuestion({ padding: 'x'.repeat(70_000) }))).toBe(400)
    for (const body of ['', '{', 'null', '[]', '{"kind":"sign"}']) expect(await send(broker(), body)).toBe(400)
  })

  test('a flood of one user, and nobody else', async () => {
    const handler = broker({ requestsPerMinute: 3 })
    const statuses: number[] = []
    for (let count = 0; count < 5; count += 1) statuses.push(await send(handler, await signQuestion()))
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect(await send(handler, await signQuestion({ name: 'bert/a' }), { authorization: 'bert' })).toBe(200)
  })

  test.each([
    ['a method that is not the operation’s', { method: 'DELETE' }],
    ['a parameter that changes the operation', { query: { acl: '' } }],
    ['an operation that it does not sign', { operation: 'PutObjectACL', method: 'PUT', query: { acl: '' } }],
    ['a name that every object has', { operation: 'constructor' }],
    ['an ACL', { operation: 'PutObject', method: 'PUT', headers: { 'x-oss-object-acl': 'public-read' } }],
    [
      'a source of a copy by header',
      { operation: 'PutObject', method: 'PUT', headers: { 'x-oss-copy-source': '/b/o' } },
    ],
    ['a callback', { operation: 'PutObject', method: 'PUT', headers: { 'x-oss-callback': 'e30=' } }],
    ['a line break in a header', { headers: { range: 'bytes=0-1\r\nx: y' } }],
    ['an operation about the bucket', { operation: 'ListObjects', name: '' }],
  ])('to sign %s', async (_, more) => {
    expect(await send(broker(), await signQuestion(more))).not.toBe(200)
  })

  test('all, where nothing can be written down', async () => {
    const audit = () => Promise.reject(new Error('disk full'))
    expect(await send(broker({ audit }), await signQuestion())).toBe(500)
  })
})

test('a URL ends when its time is over, and is for one request alone', async () => {
  await put(page('anna'), 'anna/a')
  const handler = broker({ urlSeconds: 1 })
  const headers = { origin: ORIGIN, authorization: 'anna', 'content-type': 'application/json' }
  const request = new Request('https://app.example.com/', { method: 'POST', body: await signQuestion(), headers })
  const { url } = (await (await handler(request)).json()) as { url: string }
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(403)
  expect((await fetch(url.replace('anna/a', 'anna/b'))).status).toBe(403)
  await new Promise((resolve) => setTimeout(resolve, 2100))
  expect((await fetch(url)).status).toBe(403)
})
