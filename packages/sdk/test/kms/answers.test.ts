import { OpenApiKmsClient, ServiceError, type KmsClient } from 'osscrypt'
import { connect } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { rejection, within } from '../support/rejection.js'
import { json, startAnsweringServer, text } from './answering-server.js'

// What comes back from something that is, or is not, KMS.

const server = await startAnsweringServer()
const credentials = { accessKeyId: 'canary-id', accessKeySecret: 'canary-secret', securityToken: 'canary-token' }
const client = new OpenApiKmsClient({ endpoint: server.endpoint, credentials, timeoutMs: 1000 })
const CMK = 'acs:kms:cn-hangzhou:1234567890123456:key/first'
const place = { region: 'cn-hangzhou', encryptionContext: {} }
const plaintext = Buffer.from('canary-plaintext-key-32-bytes-xx')
const blob = Buffer.from('canary-blob')

const calls: Readonly<Record<string, (kms: KmsClient, signal?: AbortSignal) => Promise<unknown>>> = {
  GenerateDataKey: (kms, signal) =>
    kms.generateDataKey({ ...place, keyId: CMK, length: { keySpec: 'AES_256' } }, { signal }),
  Encrypt: (kms, signal) => kms.encrypt({ ...place, keyId: CMK, plaintext }, { signal }),
  Decrypt: (kms, signal) => kms.decrypt({ ...place, ciphertextBlob: blob }, { signal }),
  ReEncrypt: (kms, signal) =>
    kms.reEncrypt({ ...place, keyId: CMK, ciphertextBlob: blob, sourceEncryptionContext: {} }, { signal }),
}

/** Everything that somebody who logs an error can see. */
function everythingOf(error: unknown): string {
  const { message, stack, cause } = error as Error
  return [message, stack, String(cause), inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error)].join(
    '\n',
  )
}

const secrets = [
  ...Object.values(credentials).slice(1),
  plaintext.toString(),
  plaintext.toString('base64'),
  encodeURIComponent(plaintext.toString('base64')),
  plaintext.toString('hex'),
  'answer-canary',
]

async function failsWith(expected: object, call: (kms: KmsClient) => Promise<unknown>): Promise<void> {
  server.requests.length = 0
  const error = await within(5000, rejection(call(client)))
  expect(error).toBeInstanceOf(ServiceError)
  expect(error).toMatchObject(expected)
  const seen = everythingOf(error)
  for (const secret of secrets) expect(seen).not.toContain(secret)
  // Implementations do not retry.
  expect(server.requests.length).toBeLessThanOrEqual(1)
}

describe.each(Object.entries(calls))('%s', (_action, call) => {
  test.each([
    ['an empty answer', text(''), 'BadAnswer'],
    ['an HTML page', text('<html>answer-canary</html>', 200, 'text/html'), 'BadAnswer'],
    ['an HTML page with 502', text('<html>answer-canary</html>', 502, 'text/html'), 'ServiceFailure'],
    ['an HTML page with 403', text('<html>answer-canary</html>', 403, 'text/html'), 'BadAnswer'],
    ['JSON that is no object, with 404', json(['answer-canary'], 404), 'BadAnswer'],
    ['a success without content', (_request, response) => response.writeHead(204).end(), 'BadAnswer'],
    ['half of a JSON document', text('{"Plaintext":"answer-canary'), 'BadAnswer'],
    ['what is not UTF-8', (_request, response) => response.end(Buffer.from('7b22ff223a317d', 'hex')), 'BadAnswer'],
    ['brackets without end', text('['.repeat(200_000)), 'BadAnswer'],
    ['null', json(null), 'BadAnswer'],
    ['a text', json('answer-canary'), 'BadAnswer'],
    ['a number', json(7), 'BadAnswer'],
    ['a list', json(['answer-canary']), 'BadAnswer'],
    ['no fields', json({}), 'BadAnswer'],
    ['fields of other types', json({ Plaintext: 7, CiphertextBlob: {}, KeyId: ['answer-canary'] }), 'BadAnswer'],
    [
      'what is not base64',
      json({ Plaintext: 'answer-canary', CiphertextBlob: 'answer-canary', KeyId: 'first' }),
      'BadAnswer',
    ],
    ['no key id', json({ Plaintext: 'YQ==', CiphertextBlob: 'YQ==' }), 'BadAnswer'],
    ['fields that are empty', json({ Plaintext: '', CiphertextBlob: '', KeyId: '' }), 'BadAnswer'],
    ['fields in a list', json([{ Plaintext: 'YQ==', CiphertextBlob: 'YQ==', KeyId: 'first' }]), 'BadAnswer'],
    [
      'a longer answer than it says',
      (_request, response) => response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}answer-canary'),
      'BadAnswer',
    ],
    ['no HTTP', (request) => request.socket.end('answer-canary\r\n\r\n'), 'BadAnswer'],
    [
      'headers without end',
      (request) => request.socket.end(`HTTP/1.1 200 OK\r\nx: ${'answer-canary'.repeat(9999)}`),
      'BadAnswer',
    ],
    ['throttling', json({ Code: 'Rejected.Throttling', Message: 'answer-canary', RequestId: 'r1' }, 400), 'Throttled'],
    ['no permission', json({ Code: 'Forbidden.NoPermission', Message: 'answer-canary' }, 403), 'AccessDenied'],
    ['an error without a code', json({ Message: 'answer-canary' }, 500), 'ServiceFailure'],
    ['a broken-off connection', (request) => request.socket.destroy(), 'Unreachable'],
    [
      'a broken-off answer',
      (_request, response) => response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()),
      'BadAnswer',
    ],
  ] as readonly (readonly [string, typeof server.answer, string])[])('%s', async (title, answer, code) => {
    server.answer = answer
    // What came whole comes again; what broke off may not.
    const retryable = title.includes('broken-off') || code === 'Throttled' || code === 'ServiceFailure'
    await failsWith({ code, retryable }, call)
  })

  test('an answer that stops half-way is given up, and may be tried again', async () => {
    server.answer = (_request, response) => response.writeHead(200, { 'content-length': '100' }).write('{')
    await failsWith({ code: 'BadAnswer', retryable: true, status: 200 }, call)
  })

  test('no answer', async () => {
    server.answer = () => undefined
    await failsWith({ code: 'Unreachable', retryable: true }, call)
  })

  test.each([200, 500])('an answer without end is not waited for: HTTP %d', async (status) => {
    let sent = 0
    server.answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      const piece = Buffer.alloc(64 * 1024, '{"Plaintext":"answer-canary"')
      const write = (): unknown => {
        sent += piece.length
        return (
          !response.destroyed &&
          sent < 2 ** 30 &&
          (response.write(piece) ? setImmediate(write) : response.once('drain', write))
        )
      }
      write()
    }
    await failsWith({ code: 'BadAnswer', retryable: false, status }, call)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })

  test('a redirect is not followed', async () => {
    server.answer = (_request, response) => response.writeHead(302, { location: `${server.endpoint}/elsewhere` }).end()
    await failsWith({ code: 'BadAnswer', retryable: false, status: 302 }, call)
  })

  test('nobody there', async () => {
    const closed = new OpenApiKmsClient({ endpoint: 'http://127.0.0.1:1', credentials })
    await failsWith({ code: 'Unreachable', retryable: true }, () => call(closed))
  })

  test('TLS with something that does not speak it', async () => {
    const tls = new OpenApiKmsClient({
      endpoint: server.endpoint.replace('http:', 'https:'),
      credentials,
      timeoutMs: 1000,
    })
    await failsWith({ code: 'Unreachable', retryable: true }, () => call(tls))
  })

  test('an abort ends it at once', async () => {
    server.answer = () => undefined
    const controller = new AbortController()
    const reason = Object.freeze(new Error('stop'))
    const running = rejection(call(client, controller.signal))
    setTimeout(() => controller.abort(reason), 20)
    expect(await within(500, running)).toBe(reason)
    expect(await rejection(call(client, AbortSignal.abort('x')))).toBe('x')
  })
})

test('the server was there all the time', async () => {
  const { port, hostname } = new URL(server.endpoint)
  await new Promise<void>((resolve) => connect(Number(port), hostname, resolve).once('connect', resolve).unref())
  server.answer = json({ Plaintext: 'YQ==', KeyId: 'first' })
  expect(await client.decrypt({ ...place, ciphertextBlob: blob })).toEqual({
    plaintext: Uint8Array.of(97),
    keyId: 'first',
  })
})

describe('the encryption context', () => {
  const decrypt = (encryptionContext: Record<string, string>) =>
    client.decrypt({ ...place, encryptionContext, ciphertextBlob: blob })

  test('goes as JSON, every entry of it, and not at all when it is empty', async () => {
    server.answer = json({ Plaintext: 'YQ==', KeyId: 'first' })
    server.requests.length = 0
    await decrypt({})
    await decrypt({ a: '1', 用途: '🔑', ['__proto__']: 'x' })
    const [empty, full] = server.requests.map(({ url }) =>
      new URL(url, server.endpoint).searchParams.get('EncryptionContext'),
    )
    expect(empty).toBeNull()
    expect(Object.entries(JSON.parse(full!) as object)).toEqual([
      ['a', '1'],
      ['用途', '🔑'],
      ['__proto__', 'x'],
    ])
  })

  test('of 8192 characters is sent, of 8193 nothing is sent', async () => {
    server.requests.length = 0
    const overhead = '{"k":""}'.length
    await decrypt({ k: 'x'.repeat(8192 - overhead) })
    expect(server.requests).toHaveLength(1)
    expect(await rejection(decrypt({ k: 'x'.repeat(8193 - overhead) }))).toMatchObject({
      name: 'FormatError',
      code: 'LimitExceeded',
    })
    expect(server.requests).toHaveLength(1)
  })
})
