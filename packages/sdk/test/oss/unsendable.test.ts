import OSS from 'ali-oss'
import { createServer, type AddressInfo } from 'node:net'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

const fixture = useCloud()
const data = Buffer.from('data')

/** Counts how often a request is tried again. */
function counting() {
  const waited: number[] = []
  const retry = {
    maxAttempts: 5,
    delayMs: (attempt: number) => {
      waited.push(attempt)
      return 1
    },
  }
  return { retry, waited }
}

describe('TLS that does not come about', () => {
  let cloud: LocalCloud
  beforeAll(async () => {
    cloud = await startLocalCloud({ instance: true })
  })
  afterAll(() => cloud.close())

  test.each([
    ['a certificate that nobody trusts', () => cloud.instance!.endpoint, /UNABLE_TO|SELF_SIGNED/],
    ['a server that speaks HTTP', () => new URL(fixture.cloud.oss.endpoint).host, /EPROTO|WRONG_VERSION|SSL/],
  ])('says why, once: %s', async (_title, endpoint, reason) => {
    const host = endpoint().replace(/^https?:\/\//, '')
    const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: `https://${host}`, secure: true })
    const { retry, waited } = counting()
    for (const run of [
      (client: ReturnType<typeof fixture.client>) => client.put('object', data),
      (client: ReturnType<typeof fixture.client>) => client.get('object'),
    ]) {
      const error = await rejection(run(fixture.client({ store, retry })))
      expect(error).toMatchObject({ code: 'Unreachable', retryable: false, message: expect.stringMatching(reason) })
      expect(error.message).toContain('TLS')
    }
    expect(waited).toEqual([])
  })
})

describe('a network that does not answer', () => {
  test('is tried again, and named', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: `http://127.0.0.1:${port}` })
    const { retry, waited } = counting()
    const error = await rejection(fixture.client({ store, retry }).get('object'))
    expect(error).toMatchObject({
      code: 'Unreachable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    })
    expect(waited).toHaveLength(4)
  })

  test('is one that answers with something else than HTTP', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: `http://127.0.0.1:${port}` })
    const error = await rejection(fixture.client({ store }).get('object'))
    expect(error).toMatchObject({ code: 'Unreachable', message: expect.stringContaining('HPE_INVALID') })
    server.close()
  })
})

describe('what does not get as far as the network', () => {
  test.each([
    ['a header that HTTP does not carry', { 'x-oss-note': '报告' }],
    ['bytes that are no UTF-8', { 'x-oss-note': '\xff' }],
    ['a line break', { 'x-oss-note': 'a\r\nb: c' }],
    ['a name that is none', { 'a b': 'x' }],
  ])('is misuse of a store: %s', async (_title, headers) => {
    const store = new AliOssStore(fixture.oss, 1000)
    expect(await rejection(within(500, store.head('object', { headers })))).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test('is misuse of ali-oss', async () => {
    const { retry, waited } = counting()
    const client = fixture.client({ store: new OSS({ ...fixture.cloud.ossOptions(BUCKET), bucket: undefined }), retry })
    const error = await rejection(client.head('object'))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('Please create a bucket first')
    expect(waited).toEqual([])
  })

  test.each(['', ' ', 'a b', 'x'.repeat(2000)])('is an upload id that is none: %j', async (uploadId) => {
    const { multipart } = new AliOssStore(fixture.oss, 1000)
    await fixture.client().put('object', data)
    const body = { length: 1, rereadable: true, open: () => expect.fail() }
    for (const run of [
      () => multipart.abort('object', uploadId, {}),
      () => multipart.complete('object', uploadId, [], {}),
      () => multipart.uploadPart('object', uploadId, 1, body, {}),
    ])
      expect(await rejection(run() as Promise<unknown>)).toBeInstanceOf(TypeError)
    // Without an id, the first of them would delete it.
    expect((await fixture.client().get('object')).content).toEqual(data)
  })
})
