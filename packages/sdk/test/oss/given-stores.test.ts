import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { OssEncryptionClient, OssV2Store, type ObjectStore } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { ossV2StandIn } from '../support/oss-v2-stand-in.js'
import { rejection, within } from '../support/rejection.js'

const fixture = useCloud()
const data = patternBytes(1_500_000)

function ossV2() {
  const { accessKeyId, accessKeySecret } = fixture.cloud.credentials
  return ossV2StandIn({ endpoint: fixture.cloud.oss.endpoint, accessKeyId, accessKeySecret })
}

describe('a client of oss-v2, handed in as it is', () => {
  const client = () => fixture.client({ store: ossV2(), bucket: BUCKET, multipartThreshold: 1_000_000 })

  test.each(['gcm', 'floe'] as const)('carries %s objects', async (format) => {
    const { encryption } = await client().put('object', data, { format, meta: { colour: 'blue' }, partLength: 300_000 })
    expect(encryption.cmkArns).toEqual([fixture.cmkArn])
    const { content, meta } = await client().get('object')
    expect(sameBytes(content, data)).toBe(true)
    expect(meta).toEqual({ colour: 'blue' })
    expect(sameBytes(await buffer((await client().getStream('object')).stream), data)).toBe(true)
    const range = { start: 1_200_000, end: 1_200_999 }
    const part = await client().getRange('object', range, { allowUnverifiedRange: true })
    expect(sameBytes(part.content, data.subarray(range.start, range.end + 1))).toBe(true)
    const other = await fixture.cloud.createKey()
    await client().rewrap('object', { to: fixture.dataKeys({}) })
    await client().copy('copy', 'object')
    expect(sameBytes((await fixture.client().get('copy')).content, data)).toBe(true)
    expect(other).not.toBe(fixture.cmkArn)
    await client().delete('object')
    expect(await rejection(client().get('object'))).toMatchObject({ code: 'NotFound' })
  })

  test('needs a bucket beside it, and nothing else does', () => {
    expect(() => fixture.client({ store: ossV2() })).toThrow(
      new TypeError('a client of oss-v2 needs a `bucket` beside it'),
    )
    expect(() => fixture.client({ bucket: BUCKET })).toThrow(TypeError)
    expect(() => fixture.client({ store: new OssV2Store(ossV2(), BUCKET), bucket: BUCKET })).toThrow(TypeError)
  })
})

test.each([{}, [], { get: () => undefined }, null, 'store', () => undefined])('%o is no store', (store) => {
  const options = { store: store as never, dataKeys: fixture.dataKeys() }
  expect(() => new OssEncryptionClient(options)).toThrow(TypeError)
})

describe('a store of the caller’s own', () => {
  /** Every request waits for ever, and hears of no signal. */
  function deaf() {
    const asked: unknown[] = []
    const wait = (...given: unknown[]) => {
      asked.push(given.at(-1))
      return new Promise<never>(() => undefined)
    }
    const store: ObjectStore = { put: wait, get: wait, head: wait, delete: wait, copy: wait }
    return { store, asked }
  }

  test.each([
    ['put', (client: OssEncryptionClient, signal: AbortSignal) => client.put('o', data, { signal })],
    ['get', (client: OssEncryptionClient, signal: AbortSignal) => client.get('o', { signal })],
    ['head', (client: OssEncryptionClient, signal: AbortSignal) => client.head('o', { signal })],
    ['delete', (client: OssEncryptionClient, signal: AbortSignal) => client.delete('o', { signal })],
    ['copy', (client: OssEncryptionClient, signal: AbortSignal) => client.copy('o', 'p', { signal })],
  ])('is not waited for when it does not hear of the signal: %s', async (_title, run) => {
    const controller = new AbortController()
    const running = rejection(run(fixture.client({ store: deaf().store }), controller.signal))
    setTimeout(() => {
      controller.abort()
    }, 30)
    expect(await within(2000, running)).toBe(controller.signal.reason)
  })

  test('is told how long a request may stand still', async () => {
    const { store, asked } = deaf()
    const signal = AbortSignal.timeout(1000)
    const client = fixture.client({ store, idleTimeoutMs: 1234 })
    await Promise.all([
      rejection(client.head('o', { signal })),
      rejection(client.put('o', data, { signal })),
      rejection(client.get('o', { signal })),
      rejection(client.delete('o', { signal })),
    ])
    expect(asked).toHaveLength(4)
    for (const options of asked) expect(options).toMatchObject({ idleTimeoutMs: 1234 })
  })
})

test.each([0, 1, 20])(
  'a stream that a store reads twice, the first time %i pieces of it, is stored whole or not at all',
  async (read) => {
    let stored: Buffer | undefined
    const store: ObjectStore = {
      put: async (_name, body) => {
        let pieces = 0
        for await (const piece of body.open()) if ((pieces += Math.sign(piece.length)) > read) break
        stored = await buffer(body.open())
        return { status: 200, headers: {} }
      },
      get: () => expect.fail(),
      head: () => expect.fail(),
      delete: () => expect.fail(),
      copy: () => expect.fail(),
    }
    const options = { format: 'floe', segmentLength: 64 * 1024 } as const
    await fixture
      .client({ store, memoryLimit: 200_000 })
      .put('object', Readable.from([data]), options)
      .catch(() => undefined)
    if (stored) expect(stored.length).toBe(74 + data.length + 32 * Math.ceil(data.length / (64 * 1024 - 32)))
    else expect(read).toBe(20)
  },
)
