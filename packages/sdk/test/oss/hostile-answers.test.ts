import { OsscryptError } from 'osscrypt'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { beforeEach, describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { useLyingOss, type Lie } from '../support/lying-oss.js'
import { rejection, within } from '../support/rejection.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = Buffer.alloc(1000, 'x')
const PAGE = '<html><head><title>Welcome</title></head><body><a href="/login">log in</a></body></html>'
const ETAG = '"5B3C1A2E053D763E1B002CC607C5A0FE"'

/** Every request that the client has ali-oss send, and a call that sends it. */
const calls: Readonly<Record<string, (client: OssEncryptionClient) => Promise<unknown>>> = {
  PutObject: (client) => client.put('object', data),
  GetObject: (client) => client.get('bound'),
  HeadObject: (client) => client.head('bound'),
  DeleteObject: (client) => client.delete('none'),
  CopyObject: (client) => client.copy('other', 'unbound'),
  GetObjectACL: (client) => client.rewrap('bound', { to: fixture.cmkArn }),
  InitiateMultipartUpload: (client) => client.put('object', data, { format: 'floe' }),
  UploadPart: (client) => client.put('object', data, { format: 'floe' }),
  CompleteMultipartUpload: (client) => client.put('object', data, { format: 'floe' }),
  AbortMultipartUpload: (client) => client.abortUpload('object', 'ABC'),
  ListMultipartUploads: (client) => client.listUploads(),
}
const inParts = (operation: string) => /Multipart|Part$/.test(operation)

/** Answers that say that all is well. */
const lies: Readonly<Record<string, Lie>> = {
  'a page': { headers: { 'content-type': 'text/html' }, body: PAGE },
  'a page without a request id': { headers: { 'x-oss-request-id': null }, body: PAGE },
  nothing: {},
  'no XML': { headers: { etag: ETAG }, body: '{"charkey": "_"}' },
  'an empty element': { body: '<?xml version="1.0"?><R/>' },
  'a text where elements are': { body: '<?xml version="1.0"?><R>_</R>' },
  'half of an element': { body: '<?xml version="1.0"?><CopyObjectResult><ETag>' },
  'another status': { status: 204, headers: { etag: ETAG } },
  'a status nobody knows': { status: 299, headers: { etag: ETAG }, body: PAGE },
  'a redirect': { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: PAGE },
  'more than anybody reads': { body: `<R>${'x'.repeat(5 * 1024 * 1024)}</R>` },
  'what is not compressed as it says': { headers: { 'content-encoding': 'gzip' }, body: PAGE },
}

beforeEach(async () => {
  await fixture.client().put('bound', data)
  await fixture.client().put('unbound', data, { bindToObject: false })
})

describe.each(Object.entries(calls))('%s', (operation, call) => {
  test.each(Object.entries(lies))('answered with %s is an error of the library', async (_title, lie) => {
    // Nobody can tell an empty answer to these from the true one; a page instead of an object has no envelope.
    const { oss } = await lying.start((request) => (request.operation === operation ? lie : undefined))
    const client = fixture.client({ store: oss, multipartThreshold: inParts(operation) ? 0 : undefined })
    const outcome = await within(
      10_000,
      call(client).then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    const mayBeTrue = /^(Delete|Abort)/.test(operation) && lie.status === 204
    if (mayBeTrue) expect(outcome).toBeUndefined()
    else {
      expect(outcome).toBeInstanceOf(OsscryptError)
      const { code, message } = outcome as OsscryptError
      const expected = /^(Get|Head)Object$/.test(operation)
        ? /^(BadAnswer|NotEncrypted|Rejected)$/
        : lie.status === 302
          ? /^Rejected$/
          : /^BadAnswer$/
      expect(code).toMatch(expected)
      expect(message).not.toMatch(/html|log in|charkey|127\.0\.0\.1/)
    }
  })
})

describe('what is said to be stored', () => {
  test.each(['PutObject', 'UploadPart'])('is not without its checksum: %s', async (operation) => {
    const { oss } = await lying.start((request) =>
      request.operation === operation ? { headers: { etag: ETAG } } : undefined,
    )
    const threshold = inParts(operation) ? 0 : undefined
    const put = (checkCrc64: boolean) =>
      fixture
        .client({ store: oss, multipartThreshold: threshold, checkCrc64 })
        .put('object', data, { format: inParts(operation) ? 'floe' : 'gcm' })
    expect(await rejection(put(true))).toMatchObject({
      code: 'BadAnswer',
      message: expect.stringContaining('checksum'),
    })
    // Of a store that is known to give none, nothing more can be asked.
    if (operation === 'PutObject') await put(false)
  })

  test('may have no checksum as a whole, when OSS has none of one of its parts', async () => {
    const { oss } = await lying.start((request) =>
      request.operation === 'CompleteMultipartUpload'
        ? { late: { headers: { 'x-oss-hash-crc64ecma': null } } }
        : undefined,
    )
    await fixture.client({ store: oss, multipartThreshold: 0 }).put('object', data, { format: 'floe' })
    expect((await fixture.client().get('object')).content.equals(data)).toBe(true)
  })

  test('is not without the id that OSS gives every request', async () => {
    const { oss } = await lying.start((request) =>
      request.operation === 'PutObject'
        ? { headers: { 'x-oss-request-id': null, etag: ETAG, 'x-oss-hash-crc64ecma': '1' } }
        : undefined,
    )
    expect(await rejection(fixture.client({ store: oss, checkCrc64: false }).put('object', data))).toMatchObject({
      code: 'BadAnswer',
    })
  })
})

describe('a listing of uploads', () => {
  const page = (elements: string) => ({
    body: `<?xml version="1.0"?><ListMultipartUploadsResult><EncodingType>url</EncodingType>${elements}</ListMultipartUploadsResult>`,
  })
  test.each([
    ['with an upload without an id', '<Upload><Key>a</Key></Upload>'],
    ['with an id that is no text', '<Upload><Key>a</Key><UploadId><a/></UploadId></Upload>'],
    ['with a name that is no text', '<Upload><Key><a/></Key><UploadId>1</UploadId></Upload>'],
    ['with a name that is not encoded as it says', '<Upload><Key>%zz</Key><UploadId>1</UploadId></Upload>'],
    ['that does not say how it goes on', '<IsTruncated>true</IsTruncated>'],
    [
      'that goes on with itself',
      '<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>',
    ],
  ])('%s is a bad answer', async (_title, elements) => {
    const { oss } = await lying.start(() => page(elements))
    const error = await rejection(within(5000, fixture.client({ store: oss }).listUploads()))
    expect(error).toMatchObject({ code: 'BadAnswer' })
  })
})
