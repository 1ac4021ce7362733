import { Readable } from 'node:stream'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { useLyingOss, type Liar } from '../support/lying-oss.js'
import { rejection } from '../support/rejection.js'

const KIB = 1024
const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(350 * KIB)
const payer = { 'x-oss-request-payer': 'requester' }

/** Runs a call through a store that is watched, and gives the requests that were sent. */
async function requestsOf(run: (client: OssEncryptionClient) => Promise<unknown>, liar: Liar = () => undefined) {
  const { oss, requests } = await lying.start(liar)
  await run(fixture.client({ store: oss, multipartThreshold: 300 * KIB }))
  return requests
}

/** Which of the requests had a header. */
const withHeader = (requests: Awaited<ReturnType<typeof requestsOf>>, name: string) => [
  ...new Set(requests.filter(({ headers }) => headers[name] !== undefined).map(({ operation }) => operation)),
]

const calls: readonly (readonly [string, (client: OssEncryptionClient) => Promise<unknown>, Liar?])[] = [
  ['put', (client) => client.put('o', data.subarray(0, 1000), { headers: payer })],
  ['put in parts', (client) => client.put('o', data, { headers: payer })],
  [
    'put in parts that fails',
    (client) => rejection(client.put('o', data, { headers: payer })),
    ({ operation }) => (operation === 'UploadPart' ? { status: 403 } : undefined),
  ],
  [
    'put of which an answer was lost',
    (client) => {
      fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: 'drop-answer' } })
      return client.put(`lost-${Math.random()}`, data.subarray(0, 1000), {
        headers: { ...payer, 'x-oss-forbid-overwrite': 'true' },
      })
    },
  ],
  [
    'put in parts of which an answer was lost',
    (client) => {
      const operation = 'CompleteMultipartUpload'
      fixture.cloud.faults.add({ service: 'oss', operation, effect: { kind: 'drop-answer' } })
      return client.put('o', data, { headers: payer })
    },
  ],
  [
    'put that is gone on with',
    async (client) => {
      const path = join(fixture.folder, 'source')
      await writeFile(path, data)
      const options = { checkpoint: join(fixture.folder, 'checkpoint'), headers: payer }
      fixture.cloud.faults.add({ service: 'oss', operation: 'UploadPart', effect: { kind: 'error', status: 403 } })
      await rejection(client.put('o', path, options))
      await client.put('o', path, options)
    },
  ],
  ['get', (client) => client.get('floe', { headers: payer })],
  [
    'get into a file',
    (client) => client.get('floe', join(fixture.folder, 'target'), { headers: payer, partLength: 64 * KIB }),
  ],
  [
    'get of which a connection breaks',
    (client) => {
      const effect = { kind: 'cut', of: 'answer', afterBytes: 100_000 } as const
      fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', effect })
      return client.get('floe', { headers: payer })
    },
  ],
  ['getRange', (client) => client.getRange('floe', { start: 5, end: 9 }, { headers: payer })],
  ['getRanges', (client) => client.getRanges('floe', [{ start: 5, end: 9 }, { start: -5 }], { headers: payer })],
  ['head', (client) => client.head('floe', { headers: payer, verifyLength: true })],
  ['copy of what is bound', (client) => client.copy('o', 'floe', { headers: payer })],
  ['copy of what is not bound', (client) => client.copy('o', 'unbound', { headers: payer })],
  ['rewrap', (client) => client.rewrap('floe', { to: fixture.cmkArn, headers: payer, verify: true })],
  ['delete', (client) => client.delete('none', { headers: payer })],
  ['listUploads', (client) => client.listUploads('', { headers: payer })],
  ['abortUpload', (client) => client.abortUpload('o', 'ABC', { headers: payer })],
]

test.each(calls.map(([title, run, liar]) => ({ title, run, liar })))(
  'who pays is said in every request: $title',
  async ({ run, liar }) => {
    await fixture.client().put('floe', data, { format: 'floe' })
    await fixture.client().put('unbound', data, { bindToObject: false })
    const requests = await requestsOf(run, liar)
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.filter(({ headers }) => headers['x-oss-request-payer'] !== 'requester')).toEqual([])
  },
)

describe('each header goes with what it belongs to', () => {
  const headers = {
    'X-Oss-Forbid-Overwrite': 'false',
    'x-oss-traffic-limit': 819_200_000 as never,
    'x-oss-storage-class': 'IA',
    'x-oss-object-acl': 'public-read',
    'x-oss-tagging': 'a=b',
    'x-oss-server-side-encryption': 'AES256',
    'Cache-Control': 'no-cache',
  }

  test('put in one request', async () => {
    const requests = await requestsOf((client) => client.put('o', data.subarray(0, 99), { headers }))
    for (const name of Object.keys(headers)) expect(withHeader(requests, name.toLowerCase())).toEqual(['PutObject'])
  })

  test('put in parts', async () => {
    const requests = await requestsOf((client) => client.put('o', data, { headers }))
    const expected: Record<string, string[]> = {
      'x-oss-forbid-overwrite': ['InitiateMultipartUpload', 'CompleteMultipartUpload'],
      'x-oss-traffic-limit': ['UploadPart'],
      'x-oss-storage-class': ['InitiateMultipartUpload'],
      'x-oss-object-acl': ['InitiateMultipartUpload', 'CompleteMultipartUpload'],
      'x-oss-tagging': ['InitiateMultipartUpload'],
      'x-oss-server-side-encryption': ['InitiateMultipartUpload'],
      'cache-control': ['InitiateMultipartUpload'],
    }
    for (const [name, operations] of Object.entries(expected))
      expect(withHeader(requests, name), name).toEqual(operations)
  })

  test.each(['bound', 'unbound'])('copy of what is %s', async (name) => {
    await fixture.client().put('bound', data.subarray(0, 99))
    await fixture.client().put('unbound', data.subarray(0, 99), { bindToObject: false })
    const { res } = await fixture.client().head(name)
    const given = { ...headers, 'If-Match': res.headers['etag']! }
    const requests = await requestsOf((client) => client.copy('copied', name, { headers: given }))
    const write = name === 'bound' ? 'PutObject' : 'CopyObject'
    for (const each of [
      'x-oss-forbid-overwrite',
      'x-oss-storage-class',
      'x-oss-object-acl',
      'x-oss-tagging',
      'cache-control',
    ])
      expect(withHeader(requests, each), each).toEqual([write])
    expect(withHeader(requests, 'if-match')).toEqual(name === 'bound' ? ['HeadObject', 'GetObject'] : ['HeadObject'])
    const copied = await fixture.client().head('copied')
    expect(copied.res.headers).toMatchObject({ 'x-oss-storage-class': 'IA', 'cache-control': 'no-cache' })
    expect((await fixture.oss.getACL('copied')).acl).toBe('public-read')
    expect((await fixture.client().get('copied')).content.equals(data.subarray(0, 99))).toBe(true)
    const other = { headers: { 'If-Match': '"x"' } }
    expect(await rejection(fixture.client().copy('copied', name, other))).toMatchObject({ code: 'PreconditionFailed' })
  })

  test.each(['bound', 'unbound'])('copy of what is %s does not overwrite what it is not to', async (name) => {
    await fixture.client().put('bound', data.subarray(0, 99))
    await fixture.client().put('unbound', data.subarray(0, 99), { bindToObject: false })
    await fixture.client().put('there', Buffer.from('before'))
    const copy = fixture.client().copy('there', name, { headers: { 'x-oss-forbid-overwrite': 'true' } })
    expect(await rejection(copy)).toMatchObject({ serviceCode: 'FileAlreadyExists' })
    expect((await fixture.client().get('there')).content.toString()).toBe('before')
  })

  test('a copy inside OSS whose answer was lost is not taken for another object', async () => {
    await fixture.client().put('unbound', data.subarray(0, 99), { bindToObject: false })
    await fixture.client().delete('there')
    fixture.cloud.faults.add({ service: 'oss', operation: 'CopyObject', effect: { kind: 'drop-answer' } })
    await fixture.client().copy('there', 'unbound', { headers: { 'x-oss-forbid-overwrite': 'true' } })
    expect((await fixture.client().get('there')).content.equals(data.subarray(0, 99))).toBe(true)
  })
})

describe('headers that cannot be sent', () => {
  const misuse: readonly (readonly [string, object])[] = [
    ['a value that HTTP does not carry', { 'Cache-Control': '缓存' }],
    ['a value with a line break', { 'Cache-Control': 'a\r\nx-oss-object-acl: public-read' }],
    ['a file name with a line break', { 'Content-Disposition': 'attachment; filename="a\nb"' }],
    ['a file name that is no text', { 'Content-Disposition': 'attachment; filename="\ud800"' }],
    ['a disposition that is not ASCII', { 'Content-Disposition': '附件; filename=a' }],
    ['a name that is none', { 'a b': '1' }],
    ['an empty name', { '': '1' }],
    ['a value that is no text', { 'Cache-Control': {} }],
    ['a value that is missing', { 'Cache-Control': undefined }],
    ['a header twice', { 'Cache-Control': 'a', 'cache-control': 'b' }],
    ['a condition of a write', { 'If-None-Match': '*' }],
    ['what the call says', { 'x-oss-metadata-directive': 'REPLACE' }],
    ['what the ciphertext is not', { 'Accept-Encoding': 'gzip' }],
  ]
  test.each(misuse)('are misuse, and nothing is sent: %s', async (_title, headers) => {
    for (const format of ['gcm', 'floe'] as const) {
      const put = fixture.client().put('object', data, { format, headers: headers as never })
      expect(await rejection(put)).toBeInstanceOf(TypeError)
    }
    expect(fixture.operations()).toEqual([])
  })

  test.each([['a text'], [['a', 'list']], [5]])('are no headers: %j', async (headers) => {
    expect(await rejection(fixture.client().put('object', data, { headers: headers as never }))).toBeInstanceOf(
      TypeError,
    )
    expect(await rejection(fixture.client().get('object', { headers: headers as never }))).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test.each(['文本/普通', 'text/plain\r\nx: y'])('a mime type that HTTP does not carry is misuse: %j', async (mime) => {
    expect(await rejection(fixture.client().put('object', data, { mime }))).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test.each(['Accept-Encoding', 'range', 'If-Range', 'X-Oss-Range-Behavior'])('reads refuse %s', async (name) => {
    const client = fixture.client()
    const options = { headers: { [name]: 'gzip' } }
    for (const run of [
      () => client.get('object', options),
      () => client.getStream('object', options),
      () => client.getRange('object', { start: 0 }, options),
      () => client.head('object', options),
      () => client.copy('other', 'object', options),
    ])
      expect(await rejection(run())).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test('a name that rewrap cannot keep to is misuse', async () => {
    const headers = { 'x-oss-forbid-overwrite': 'true' }
    expect(await rejection(fixture.client().rewrap('object', { to: fixture.cmkArn, headers }))).toBeInstanceOf(
      TypeError,
    )
  })
})

test('headers may be given as Headers, and as a Map', async () => {
  for (const headers of [new Headers({ 'Cache-Control': 'no-cache' }), new Map([['Cache-Control', 'no-cache']])]) {
    await fixture.client().put('object', Readable.from([data]), { headers: headers as never })
    const { res } = await fixture.client().head('object', { headers: new Headers(payer) as never })
    expect(res.headers['cache-control']).toBe('no-cache')
  }
})

describe('Content-Disposition', () => {
  test.each([
    ['attachment; filename="a b.txt"', 'attachment; filename="a b.txt"'],
    [
      'attachment; filename="报告 (1).pdf"',
      `attachment; filename="__ (1).pdf"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%281%29.pdf`,
    ],
    [
      'attachment; filename=报告.pdf; x=1',
      `attachment; filename="__.pdf"; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf; x=1`,
    ],
    ['inline; FileName="\\"ü\\"🎉"', `inline; filename="\\"_\\"_"; filename*=UTF-8''%22%C3%BC%22%F0%9F%8E%89`],
    [`attachment; filename="ü"; filename*=UTF-8''%C3%BC`, `attachment; filename="_"; filename*=UTF-8''%C3%BC`],
  ])('%s', async (given, expected) => {
    await fixture.client().put('object', data, { headers: { 'content-disposition': given } })
    expect((await fixture.client().head('object')).res.headers['content-disposition']).toBe(expected)
  })
})
