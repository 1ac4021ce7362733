import { request, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET, startLocalConsole, type LocalConsole } from './support/local-console.js'

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

describe("the console's server", () => {
  let it: LocalConsole
  let token: string

  beforeAll(async () => {
    it = await startLocalConsole()
    token = it.console.url.split('#')[1]!
    await it.client.put('a/one.txt', Buffer.from('one'))
    await it.client.put('a/Two.txt', Buffer.from('two'), { format: 'floe' })
    await it.client.put('b/two.txt', Buffer.from('two'))
    await it.store.put('plain.txt', Buffer.from('plain'))
    const { res } = (await it.store.head('a/one.txt')) as unknown as { res: { headers: Record<string, string> } }
    const header = res.headers['x-oss-meta-x-oss-meta-header']!
    await it.store.put('damaged', Buffer.from('x'), {
      meta: { 'x-oss-meta-header': header.slice(4), 'x-oss-meta-iv': 'AA==', 'x-oss-meta-authtag': 'AA==' } as never,
    })
  })
  afterAll(() => it.close())

  /** Any request, with headers that `fetch` does not let be set. */
  function send(
    path: string,
    {
      method = 'GET',
      headers = {},
      body = '',
    }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(`${it.console.origin}${path}`, { method, headers }, (answer) => {
        text(answer).then((got) => resolve({ status: answer.statusCode, headers: answer.headers, body: got }), reject)
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }
  const withToken = (more: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...more })
  const ask = async (name: string, question: object) => {
    const answer = await send(`/api/${name}`, { method: 'POST', headers: withToken(), body: JSON.stringify(question) })
    return { status: answer.status, answer: JSON.parse(answer.body) }
  }

  test.each([
    ['GET', { 'transfer-encoding': 'chunked' }, 411],
    ['DELETE', { 'transfer-encoding': 'chunked' }, 411],
    ['GET', { 'content-length': '5' }, 400],
    ['PUT', { 'transfer-encoding': 'chunked' }, 411],
  ])('%s with %o is not relayed: what follows would be another request', async (method, headers, status) => {
    it.cloud.clearRequests()
    const sent = await send(`/oss/${BUCKET}/a?x-oss-signature=1`, {
      method,
      headers: withToken(headers),
      body: 'GET /',
    })
    expect(sent.status).toBe(status)
    expect(it.cloud.requests).toEqual([])
  })

  test('listens on 127.0.0.1, and its address has the token behind #', () => {
    expect(it.console.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/)
  })

  test('the page comes with a policy that lets it talk to nobody else', async () => {
    const { status, headers } = await send('/')
    expect(status).toBe(200)
    const policy = headers['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe-inline')
    expect(policy).not.toMatch(/https?:/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  })

  test.each(['/../package.json', '/..%2fpackage.json', '/assets/../../index.js', '/.built-of', '/nothing.js'])(
    '%s is no file of the page',
    async (path) => {
      expect((await send(path)).status).toBe(404)
    },
  )

  test.each([
    ['/api/session', 'POST'],
    ['/api/list', 'POST'],
    [`/broker/${BUCKET}`, 'POST'],
    [`/oss/${BUCKET}/a/one.txt?x-oss-signature=0`, 'GET'],
  ])('%s is refused without the token, and with another', async (path, method) => {
    expect((await send(path, { method })).status).toBe(401)
    expect((await send(path, { method, headers: { authorization: 'Bearer ' } })).status).toBe(401)
    expect((await send(path, { method, headers: { authorization: `Bearer ${token}x` } })).status).toBe(401)
  })

  test.each([
    ['another host, as after DNS rebinding', { host: 'evil.example:80' }],
    ['another name of this machine', { host: 'localhost' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }],
  ])('%s is refused, token or not', async (_name, headers) => {
    for (const path of ['/', '/api/session', `/broker/${BUCKET}`]) {
      const method = path === '/' ? 'GET' : 'POST'
      const body = method === 'POST' ? '{}' : ''
      expect((await send(path, { method, headers: withToken(headers), body })).status).toBe(403)
    }
  })

  test('says what it was started with, and no credentials', async () => {
    const { answer } = await ask('session', {})
    expect(answer).toMatchObject({ isLocal: true, cmks: it.cmks, format: 'gcm', region: it.cloud.region })
    expect(JSON.stringify(answer)).not.toContain(it.cloud.credentials.accessKeyId)
    expect(JSON.stringify(answer)).not.toContain(it.cloud.credentials.accessKeySecret)
  })

  test('lists what is at a prefix, and finds what is below it', async () => {
    const top = await ask('list', { bucket: BUCKET, prefix: '' })
    expect(top.answer.prefixes).toEqual(['a/', 'b/'])
    expect(top.answer.objects.map(({ key }: { key: string }) => key)).toEqual(['damaged', 'plain.txt'])
    const found = await ask('list', { bucket: BUCKET, prefix: '', contains: 'two' })
    expect(found.answer).toMatchObject({ prefixes: [], scanned: 5 })
    expect(found.answer.objects.map(({ key }: { key: string }) => key)).toEqual(['a/Two.txt', 'b/two.txt'])
  })

  test('says of each object what its envelope says', async () => {
    const keys = ['a/one.txt', 'a/Two.txt', 'plain.txt', 'damaged', 'missing', '../x']
    const { answer } = await ask('describe', { bucket: BUCKET, keys })
    expect(answer.objects).toMatchObject([
      { kind: 'encrypted', format: 'gcm', integrity: 'whole', length: 3, cmkArns: [it.cmks[0]] },
      { kind: 'encrypted', format: 'floe', integrity: 'segments', length: 3 },
      { kind: 'plain' },
      { kind: 'damaged' },
      { kind: 'failed', error: { code: 'NotFound', service: 'oss' } },
      { kind: 'damaged' },
    ])
  })

  test('puts an object under another CMK', async () => {
    const { answer } = await ask('rewrap', { bucket: BUCKET, key: 'b/two.txt', cmkArns: [it.cmks[1]] })
    expect(answer).toMatchObject({ cmkArns: [it.cmks[1]] })
    const { answer: described } = await ask('describe', { bucket: BUCKET, keys: ['b/two.txt'] })
    expect(described.objects[0].cmkArns).toEqual([it.cmks[1]])
  })

  test.each([
    ['list', { bucket: 'A/../b', prefix: '' }],
    ['list', { bucket: BUCKET }],
    ['describe', { bucket: BUCKET, keys: 'a' }],
    ['describe', { bucket: BUCKET, keys: Array.from({ length: 101 }, () => 'a') }],
    ['rewrap', { bucket: BUCKET, key: 'a', cmkArns: ['x'] }],
    ['rewrap', { bucket: BUCKET, key: 'a', cmkArns: [] }],
    ['cors', { bucket: BUCKET, origin: 'https://app.example.com/path' }],
    ['cors', { bucket: BUCKET, origin: 'null' }],
    ['constructor', {}],
    ['nothing', {}],
  ])('%s with %j is no question', async (name, question) => {
    expect(await ask(name, question)).toEqual({ status: 400, answer: { code: 'BadRequest' } })
  })

  test('a question that is too long, or no JSON, is refused', async () => {
    for (const body of [
      'x',
      '[]',
      ...[300_000, 20_000_000].map((length) => JSON.stringify({ prefix: 'x'.repeat(length) })),
    ]) {
      expect((await send('/api/list', { method: 'POST', headers: withToken(), body })).status).toBe(400)
    }
  })

  test('OSS gets what was signed, and nothing else', async () => {
    const unsigned = await send(`/oss/${BUCKET}/a/one.txt`, { headers: withToken() })
    expect(unsigned.status).toBe(403)
    const forged = await send(`/oss/${BUCKET}/a/one.txt?x-oss-signature=0`, { headers: withToken() })
    expect(forged.status).toBeGreaterThanOrEqual(400)
    expect(forged.headers['content-security-policy']).toContain('sandbox')
  })

  test('what fails says what kind of failure it is, and no text of a service', async () => {
    it.cloud.denyKey(it.cmks[1])
    try {
      const denied = await ask('rewrap', { bucket: BUCKET, key: 'a/one.txt', cmkArns: [it.cmks[1]] })
      expect(denied).toEqual({ status: 502, answer: { code: 'AccessDenied', service: 'kms' } })
    } finally {
      it.cloud.permitKey(it.cmks[1])
    }
    const missing = await ask('rewrap', { bucket: BUCKET, key: 'missing', cmkArns: [it.cmks[1]] })
    expect(missing).toEqual({ status: 502, answer: { code: 'NotFound', service: 'oss' } })
  })
})
