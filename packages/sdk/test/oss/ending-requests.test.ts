import OSS from 'ali-oss'
import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { useLyingOss } from '../support/lying-oss.js'
import { rejection, within } from '../support/rejection.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(200_000)
afterEach(() => {
  vi.restoreAllMocks()
})

/** Aborts a call after a moment; it must end at once, with the signal's reason. */
async function abortsAtOnce(run: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const controller = new AbortController()
  const running = rejection(run(controller.signal))
  await sleep(80)
  const start = performance.now()
  controller.abort()
  expect(await within(3000, running)).toBe(controller.signal.reason)
  expect(performance.now() - start).toBeLessThan(200)
}

describe('a request that waits for a connection', () => {
  /** A client of one connection, which a request holds that is never answered. */
  async function occupied() {
    const { oss } = await lying.start((request) => (request.path.includes('held') ? 'never' : undefined), {
      agent: new Agent({ maxSockets: 1, keepAlive: true }),
    })
    const holding = oss.head('held').catch(() => undefined)
    await sleep(20)
    return { oss, holding }
  }

  test.each([
    ['get', (signal: AbortSignal, client: ReturnType<typeof fixture.client>) => client.get('object', { signal })],
    ['head', (signal: AbortSignal, client: ReturnType<typeof fixture.client>) => client.head('object', { signal })],
    ['put', (signal: AbortSignal, client: ReturnType<typeof fixture.client>) => client.put('o', data, { signal })],
    [
      'put of a stream',
      (signal: AbortSignal, client: ReturnType<typeof fixture.client>) =>
        client.put('o', Readable.from([data]), { signal, format: 'floe' }),
    ],
    ['delete', (signal: AbortSignal, client: ReturnType<typeof fixture.client>) => client.delete('o', { signal })],
  ])('ends when it is aborted: %s', async (_title, run) => {
    await fixture.client().put('object', data)
    const { oss } = await occupied()
    const client = fixture.client({ store: oss, idleTimeoutMs: 60_000 })
    await abortsAtOnce((signal) => run(signal, client))
  })

  test('is given up when nothing moves, too', async () => {
    const { oss } = await occupied()
    const client = fixture.client({ store: oss, idleTimeoutMs: 100, retry: { maxAttempts: 1, delayMs: () => 0 } })
    for (const run of [
      () => client.head('object'),
      () => client.put('o', data),
    ] as readonly (() => Promise<unknown>)[]) {
      expect(await rejection(within(2000, run()))).toMatchObject({ code: 'Unreachable', retryable: true })
    }
  })
})

describe('credentials that the store is told to fetch', () => {
  const waiting = (refreshSTSToken: () => Promise<unknown>) =>
    new OSS({
      ...fixture.cloud.ossOptions(BUCKET),
      stsToken: 'old',
      refreshSTSToken,
      refreshSTSTokenInterval: 0,
    } as never)

  test('and do not come, are not waited for longer than the call', async () => {
    const store = waiting(() => new Promise(() => undefined))
    await abortsAtOnce((signal) => fixture.client({ store, idleTimeoutMs: 60_000 }).head('object', { signal }))
  })

  test('and do not come in time, are not available', async () => {
    const store = waiting(() => new Promise(() => undefined))
    const head = fixture.client({ store, idleTimeoutMs: 100 }).head('object')
    expect(await rejection(within(1000, head))).toMatchObject({ code: 'CredentialsUnavailable', retryable: false })
  })
})

describe("the store's own retries", () => {
  test('do not delay an abort, and are not on top of those here', async () => {
    const { oss, requests } = await lying.start(() => undefined, { retryMax: 5 })
    await fixture.client().put('object', data)
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'HeadObject',
      effect: { kind: 'cut', of: 'answer', afterBytes: 0 },
      times: Infinity,
    })
    await abortsAtOnce((signal) =>
      fixture.client({ store: oss, retry: { maxAttempts: 5, delayMs: () => 1000 } }).head('object', { signal }),
    )
    requests.length = 0
    const error = await rejection(
      fixture.client({ store: oss, retry: { maxAttempts: 2, delayMs: () => 1 } }).head('object'),
    )
    expect(error).toMatchObject({ code: 'Unreachable' })
    expect(requests).toHaveLength(2)
  })
})

test('an answer that comes after the end is not left open', async () => {
  await fixture.client().put('object', data)
  const bodies: Readable[] = []
  const { oss } = await lying.start(() => undefined)
  const { urllib } = oss as unknown as { urllib: { request: (...args: unknown[]) => unknown } }
  // An HTTP client that cannot be told to stop.
  const late = {
    request: async (url: string, args: object) => {
      const answer = (await urllib.request(url, { ...args, signal: undefined })) as { res: Readable }
      bodies.push(answer.res)
      await sleep(150)
      return answer
    },
  }
  Object.assign(oss, { urllib: late })
  await abortsAtOnce((signal) => fixture.client({ store: oss }).get('object', { signal }))
  await vi.waitFor(() => {
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true])
  })
})

describe('idleTimeoutMs', () => {
  test.each([0, Infinity, 2 ** 40])('%d is no limit', async (idleTimeoutMs) => {
    const client = fixture.client({ idleTimeoutMs, retry: { maxAttempts: 1, delayMs: () => 0 } })
    await client.put('object', data)
    await client.put('floe', data, { format: 'floe' })
    expect((await client.get('object')).content.equals(data)).toBe(true)
    expect((await client.get('floe')).content.equals(data)).toBe(true)
    await client.head('object')
  })

  test.each([-1, NaN, '60' as never])('%s is misuse', (idleTimeoutMs) => {
    expect(() => fixture.client({ idleTimeoutMs })).toThrow(RangeError)
  })
})

test('one signal for many calls is no leak of listeners', async () => {
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  const { signal } = new AbortController()
  const client = fixture.client()
  await client.put('object', data)
  await client.put('floe', data, { format: 'floe' })
  const streams = await Promise.all(Array.from({ length: 15 }, () => client.getStream('object', { signal })))
  await Promise.all(
    Array.from({ length: 15 }, (_, index) =>
      Promise.all([
        client.get('floe', { signal }),
        client.put(`copy-${index}`, data, { signal }),
        client.getRange('floe', { start: 0 }, { signal }),
      ]),
    ),
  )
  for (const { stream } of streams) stream.destroy()
  await sleep(20)
  process.off('warning', note)
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([])
})
