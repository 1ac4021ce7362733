import OSS from 'ali-oss'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const fixture = useCloud()
const data = patternBytes(2_500_000)

/** The urllib that ali-oss brings; its types know nothing of ali-oss. */
const urllib = createRequire(createRequire(import.meta.url).resolve('ali-oss'))('urllib') as {
  HttpClient: new () => object
  HttpClient2: new () => object
  request: (url: string, args: object) => Promise<Record<string, unknown>>
}

const clients: readonly (readonly [string, () => object])[] = [
  ["urllib's HttpClient", () => new urllib.HttpClient()],
  ["urllib's HttpClient2, of promises only", () => new urllib.HttpClient2()],
  [
    'one that wraps the other, as frameworks do',
    () => ({ request: async (url: string, args: object) => urllib.request(url, args) }),
  ],
  [
    'one of promises that has read the headers as UTF-8',
    () => ({
      request: async (url: string, args: object) => {
        const { data: body, status, headers, res } = await urllib.request(url, args)
        const texts = Object.entries(headers as Record<string, string>).map(([name, value]) => [
          name,
          Buffer.from(value, 'latin1').toString(),
        ])
        const stream = Object.assign(Readable.from(res as Readable), { status, headers: Object.fromEntries(texts) })
        return { data: body, status, headers: stream.headers, res: stream }
      },
    }),
  ],
]

describe.each(clients)('%s', (_title, create) => {
  const client = (options: object = {}) =>
    fixture.client({
      store: new OSS({ ...fixture.cloud.ossOptions(BUCKET), urllib: create() } as never),
      multipartThreshold: 2_000_000,
      ...options,
    })

  test.each(['gcm', 'floe'] as const)('sends and reads everything, %s', async (format) => {
    const small = data.subarray(0, 1000)
    await client().put('small', small, { format })
    await client().put('stream', Readable.from([data.subarray(0, 400_000)]), { format })
    await client().put('large', data, { format, partLength: 1024 * 1024 })
    expect((await client().get('small')).content.equals(small)).toBe(true)
    expect((await client().get('stream')).content.equals(data.subarray(0, 400_000))).toBe(true)
    await client().get('large', join(fixture.folder, 'target'), { partLength: 512 * 1024 })
    expect((await client().get('large')).content.equals(data)).toBe(true)
    const part = await client().getRange('large', { start: 5, end: 9 }, { allowUnverifiedRange: format === 'gcm' })
    expect(part.content.equals(data.subarray(5, 10))).toBe(true)
    await client().copy('copy', 'small')
    await client().rewrap('copy', { to: fixture.cmkArn })
    expect((await client().head('copy')).status).toBe(200)
    await client().delete('copy')
    expect(await client().listUploads()).toEqual([])
  })

  test('gives errors their codes', async () => {
    expect(await rejection(client().get('none'))).toMatchObject({ code: 'NotFound', serviceCode: 'NoSuchKey' })
    expect(await rejection(client().head('none'))).toMatchObject({ code: 'NotFound', status: 404 })
    fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: 'error', status: 500 } })
    await client().put('small', data.subarray(0, 10))
    const effect = { kind: 'cut', of: 'answer', afterBytes: 0 } as const
    fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', effect, times: Infinity })
    expect(await rejection(client().get('small'))).toMatchObject({ code: 'Unreachable', retryable: true })
  })

  test('ends when it is told to', async () => {
    await client().put('small', data.subarray(0, 10))
    for (const operation of ['HeadObject', 'PutObject', 'GetObject'] as const) {
      const effect = { kind: 'delay', delayMs: 700 } as const
      fixture.cloud.faults.add({ service: 'oss', operation, effect, times: Infinity })
    }
    const runs: readonly ((signal?: AbortSignal) => Promise<unknown>)[] = [
      (signal) => client({ idleTimeoutMs: 100, retry: once }).head('small', { signal }),
      (signal) => client({ idleTimeoutMs: 100, retry: once }).get('small', { signal }),
      (signal) => client({ idleTimeoutMs: 100, retry: once }).put('other', data.subarray(0, 10), { signal }),
    ]
    for (const run of runs) {
      expect(await rejection(within(500, run()))).toMatchObject({ code: 'Unreachable' })
      const controller = new AbortController()
      const running = rejection(run(controller.signal))
      await sleep(30)
      controller.abort()
      expect(await within(200, running)).toBe(controller.signal.reason)
    }
  })

  test('reads UTF-8 of others as text', async () => {
    await client().put('small', data.subarray(0, 10), { bindToObject: false })
    const { body, meta } = await readStored(fixture.oss, 'small')
    const other = new OSS({ ...fixture.cloud.ossOptions(BUCKET), headerEncoding: 'latin1' } as never)
    await other.put('small', body, { meta: { ...meta, title: '报告' } as never })
    expect((await client().head('small')).meta).toEqual({ title: '报告' })
  })
})

const once = { maxAttempts: 1, delayMs: () => 0 }

describe('what is no client of ali-oss to send requests with', () => {
  test.each([
    ['with an HTTP client that has no `request`', { urllib: { curl: () => undefined } }],
    ['with an HTTP client whose `request` is no function', { urllib: { request: 'GET' } }],
  ])('is refused at once, and told why: %s', (_title, change) => {
    const store = Object.assign(new OSS(fixture.cloud.ossOptions(BUCKET)), change)
    expect(() => fixture.client({ store })).toThrow(TypeError)
    expect(() => fixture.client({ store })).toThrow(/urllib/)
  })
})
