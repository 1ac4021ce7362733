import { createBroker, type CreateBrokerOptions } from 'osscrypt/broker'
import { BrokerDataKeyProvider } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { MemoryRateLimiter } from '../../src/broker/rate-limiter.js'
import { MemoryReplayStore } from '../../src/broker/replay-store.js'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { ask, signQuestion, useBroker } from '../support/broker-fixture.js'
import { useCloud } from '../support/cloud-fixture.js'

const cloud = useCloud()
const { page, broker, reach, options, records, errors } = useBroker(cloud)
const never = () => new Promise<never>(() => undefined)
const tenant = { encryptionContext: { tenant: 'anna' } }

describe('a flood', () => {
  test('of one user is refused, and nobody else', async () => {
    const handler = broker({ requestsPerMinute: 3 })
    const statuses: number[] = []
    for (let count = 0; count < 5; count += 1) statuses.push((await handler(ask(signQuestion()))).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const other = ask(signQuestion({ name: 'bert/a' }), { authorization: 'bert' })
    expect((await handler(other)).status).toBe(200)
    expect(records.at(3)).toMatchObject({ user: 'anna', reason: 'rate' })
  })

  test('of denied questions counts for a user who is known', async () => {
    const handler = broker({ requestsPerMinute: 2 })
    const statuses: number[] = []
    for (let count = 0; count < 4; count += 1) {
      statuses.push((await handler(ask(signQuestion({ name: 'bert/a' })))).status)
    }
    expect(statuses).toEqual([403, 403, 429, 429])
  })

  test('of questions that wait is refused beyond what one broker takes at a time', async () => {
    let release: (() => void) | undefined
    const waiting = new Promise<void>((resolve) => (release = resolve))
    const handler = broker({
      maxConcurrent: 2,
      authorize: async () => {
        await waiting
        return { user: 'anna' }
      },
    })
    const first = [handler(ask(signQuestion())), handler(ask(signQuestion()))]
    expect((await handler(ask(signQuestion()))).status).toBe(503)
    expect(records).toMatchObject([{ reason: 'busy' }])
    release?.()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
    expect((await handler(ask(signQuestion()))).status).toBe(200)
  })

  test('of one user who waits for KMS leaves others their turns', async () => {
    let release: (() => void) | undefined
    const waiting = new Promise<void>((resolve) => (release = resolve))
    const slow = async (): Promise<never> => {
      await waiting
      throw new Error('no key')
    }
    const handler = broker({ maxConcurrent: 12, dataKeys: { generateDataKey: slow, decryptDataKey: slow } })
    const one = page('anna', handler, { retry: { maxAttempts: 1, delayMs: () => 0 } })
    const flood = Array.from({ length: 12 }, (_, at) => one.put(`anna/${String(at)}`, Buffer.from('x'), tenant))
    const ended = Promise.allSettled(flood)
    await expect.poll(() => records.filter(({ reason }) => reason === 'busy').length).toBe(9)
    const other = ask(signQuestion({ name: 'bert/a' }), { authorization: 'bert' })
    expect((await handler(other)).status).toBe(200)
    expect((await handler(ask(signQuestion()))).status).toBe(503)
    release?.()
    await ended
    expect((await handler(ask(signQuestion()))).status).toBe(200)
  })

  test('of bodies that do not come takes nobody’s turn', async () => {
    const handler = broker({ maxConcurrent: 1, timeoutMs: 500 })
    const slow = Array.from({ length: 5 }, () => {
      const body = new ReadableStream<Uint8Array>({ pull: never })
      return handler(ask('', {}, { body, duplex: 'half' }))
    })
    expect((await handler(ask(signQuestion()))).status).toBe(200)
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([504, 504, 504, 504, 504])
  })

  test('of questions that hang is over with them', async () => {
    const handler = broker({ maxConcurrent: 1, timeoutMs: 50, authorize: never })
    expect((await handler(ask(signQuestion()))).status).toBe(504)
    expect((await handler(ask(signQuestion()))).status).toBe(504)
  })

  test('of bytes is not taken in', async () => {
    let taken = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          taken += 1
          controller.enqueue(new Uint8Array(16 * 1024))
        },
      },
      { highWaterMark: 0 },
    )
    const response = await broker()(ask('', {}, { body, duplex: 'half' }))
    expect(response.status).toBe(400)
    expect(taken).toBe(5)
  })
})

describe('memory', () => {
  test('of nonces ends, and is freed when their time is over', () => {
    const store = new MemoryReplayStore()
    let taken = 0
    for (let at = 0; at < 200_000; at += 1) taken += Number(store.take(`user ${String(at)}`, 'n', 1000, 0))
    expect(taken).toBe(200_000)
    expect(() => store.take('one more', 'n', 1000, 0)).toThrow('busy')
    expect(store.take('user 7', 'n', 1000, 0)).toBe(false)
    expect(store.take('one more', 'n', 2000, 1000)).toBe(true)
    expect(store.take('user 7', 'n', 2000, 1000)).toBe(true)
  })

  test('of nonces is not used up by one user, whose older questions are refused when they were forgotten', () => {
    const store = new MemoryReplayStore()
    for (const nonce of ['a', 'b']) expect(store.take('bert', nonce, 1000, 0)).toBe(true)
    let taken = 0
    for (let at = 0; at < 450_000; at += 1) taken += Number(store.take('anna', String(at), 1000 + at, 0))
    expect(taken).toBe(450_000)
    expect(store.take('carl', 'n', 1000, 0)).toBe(true)
    expect([store.take('bert', 'a', 1000, 0), store.take('bert', 'c', 1000, 0)]).toEqual([false, true])
    // Remembered, forgotten, and new ones of a time that was forgotten.
    expect(store.take('anna', '449999', 450_999, 0)).toBe(false)
    expect(() => store.take('anna', '7', 1007, 0)).toThrow('busy')
    expect(() => store.take('anna', 'late', 1007, 0)).toThrow('busy')
    expect(store.take('anna', 'next', 451_000, 0)).toBe(true)
  })

  test('of users ends, and is freed after a minute', () => {
    const limiter = new MemoryRateLimiter(2)
    let taken = 0
    for (let at = 0; at < 100_000; at += 1) taken += Number(limiter.take(String(at), 0))
    expect(taken).toBe(100_000)
    expect(limiter.take('one more', 0)).toBe(false)
    expect([limiter.take('5', 0), limiter.take('5', 0)]).toEqual([true, false])
    expect([limiter.take('5', 60_000), limiter.take('one more', 60_000)]).toEqual([true, true])
  })

  test('is shared by processes that are given the same', async () => {
    const seen = new Set<string>()
    const replays = { take: (user: string, nonce: string) => Promise.resolve(!seen.has(nonce) && !!seen.add(nonce)) }
    let left = 3
    const rates = { take: () => Promise.resolve(left-- > 0) }
    const [one, other] = [broker({ replays, rates }), broker({ replays, rates })]
    const question = signQuestion()
    expect((await one(ask(question))).status).toBe(200)
    expect((await other(ask(question))).status).toBe(403)
    expect((await other(ask(signQuestion()))).status).toBe(200)
    expect((await one(ask(signQuestion()))).status).toBe(429)
  })
})

describe('what hangs is not waited for for ever', () => {
  const cases: [string, Partial<CreateBrokerOptions>][] = [
    ['the application', { authorize: never }],
    ['the credentials', { credentials: never }],
    ['the rate limiter', { rates: { take: never } }],
    ['the replay store', { replays: { take: never } }],
    ['the audit', { audit: never }],
  ]
  test.each(cases)('%s', async (_, more) => {
    const response = await broker({ timeoutMs: 50, ...more })(ask(signQuestion()))
    expect(response.status).toBe(504)
    expect(await response.text()).toBe('{"error":"failed"}')
  })

  test('a body that does not come', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: never })
    const response = await broker({ timeoutMs: 50 })(ask('', {}, { body, duplex: 'half' }))
    expect(response.status).toBe(504)
    expect(records).toMatchObject([{ reason: 'timeout' }])
  })

  test('KMS', async () => {
    cloud.cloud.faults.add({ service: 'kms', times: Infinity, effect: { kind: 'stall', afterBytes: 0 } })
    const client = page('anna', broker({ timeoutMs: 100 }), { retry: { maxAttempts: 1, delayMs: () => 0 } })
    await expect(client.put('anna/a', Buffer.from('x'), tenant)).rejects.toMatchObject({ code: 'ServiceFailure' })
    expect(records).toMatchObject([{ operation: 'GenerateDataKey', user: 'anna', reason: 'timeout', status: 504 }])
  })

  test('a page that is gone', async () => {
    const gone = new AbortController()
    const handler = broker({
      authorize: () => {
        gone.abort()
        return never()
      },
    })
    expect((await handler(ask(signQuestion(), {}, { signal: gone.signal }))).status).toBe(499)
    expect(records).toMatchObject([{ reason: 'aborted' }])
  })

  test('for a page: a broker that does not answer', async () => {
    const client = page('anna', never, { retry: { maxAttempts: 1, delayMs: () => 0 } })
    const work = client.put('anna/a', Buffer.from('x'), { ...tenant, signal: AbortSignal.timeout(100) })
    await expect(work).rejects.toMatchObject({ name: 'TimeoutError' })
    const dataKeys = new BrokerDataKeyProvider({ ...reach('anna', never), timeoutMs: 50 })
    const request = { algorithm: algorithmByName('FLOE'), encryptionContext: {} }
    await expect(dataKeys.generateDataKey(request)).rejects.toMatchObject({ code: 'Unreachable', retryable: true })
  })
})

describe('what fails', () => {
  test.each([
    ['throttle', { kind: 'throttle' }, 503, 'failure'],
    ['error', { kind: 'error', status: 500 }, 502, 'failure'],
    ['html', { kind: 'html' }, 502, 'failure'],
    ['denied', { kind: 'error', status: 403, code: 'Forbidden.NoPermission' }, 403, 'key'],
  ] as const)('at KMS is told to the application and not to the page: %s', async (_, effect, status, reason) => {
    cloud.cloud.faults.add({ service: 'kms', times: Infinity, effect })
    const client = page('anna', broker(), { retry: { maxAttempts: 1, delayMs: () => 0 } })
    await expect(client.put('anna/a', Buffer.from('x'), tenant)).rejects.toMatchObject({ status })
    expect(records).toMatchObject([{ status, reason }])
    expect(errors).toMatchObject([{ service: 'kms' }])
  })

  const failure = new Error('at /srv/app/secret.js: password=hunter2')
  const fails = () => Promise.reject(failure)
  const cases: [string, Partial<CreateBrokerOptions>][] = [
    ['the application', { authorize: fails }],
    ['the credentials', { credentials: fails }],
    ['the audit', { audit: fails }],
  ]
  test.each(cases)('in %s is told to the application and not to the page', async (_, more) => {
    const response = await broker(more)(ask(signQuestion()))
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('{"error":"failed"}')
    expect(errors[0]).toBe(failure)
  })

  test('in the log is no reason to answer otherwise', async () => {
    const onError = () => {
      throw failure
    }
    expect((await broker({ authorize: fails, onError })(ask(signQuestion()))).status).toBe(500)
  })

  test.each([undefined, '', 5])('in what the application says: a user who is %j', async (user) => {
    const handler = broker({ authorize: () => ({ user: user as string }) })
    expect((await handler(ask(signQuestion()))).status).toBe(500)
    expect(errors).toMatchObject([{ message: expect.stringContaining('`user`') as string }])
  })

  test('in CMKs that the provider cannot be limited to', async () => {
    const inner = cloud.dataKeys()
    const handler = broker({
      dataKeys: {
        generateDataKey: (request) => inner.generateDataKey(request),
        decryptDataKey: (request) => inner.decryptDataKey(request),
      },
      authorize: () => ({ user: 'anna', encryptionContext: tenant.encryptionContext, cmkArns: [cloud.cmkArn] }),
    })
    const client = page('anna', handler, { retry: { maxAttempts: 1, delayMs: () => 0 } })
    await expect(client.put('anna/a', Buffer.from('x'), tenant)).rejects.toMatchObject({ status: 500 })
    expect(cloud.operations()).toEqual([])
  })
})

test('a page whose clock is wrong goes by the broker’s', async () => {
  const handler = broker()
  let late = 0
  // As if the page's clock were an hour behind: its first question is, and what it makes of the answer is not.
  const change = (question: Record<string, unknown>) => {
    late += 1
    return late === 1 ? { ...question, timeMs: Number(question['timeMs']) - 3_600_000 } : question
  }
  await page('anna', handler, { change }).put('anna/a', Buffer.from('x'), tenant)
  expect(records.map(({ reason }) => reason)).toEqual(['clock', undefined, undefined])
})

test.each([
  ['no origin', { origins: [] }],
  ['any origin', { origins: ['*'] }],
  ['an address in place of an origin', { origins: ['https://app.example.com/'] }],
  ['an unknown option', { cors: true }],
  ['no function', { authorize: true }],
  ['a bucket by no URL', { bucket: { bucket: 'b', region: 'r', url: 'b.example' } }],
  ['a bucket of another name', { bucket: { bucket: 'b/../c', region: 'r', url: 'https://b.example' } }],
  ['a URL that is good for too long', { urlSeconds: 3601 }],
  ['no time', { timeoutMs: -1 }],
  ['no questions at a time', { maxConcurrent: 0 }],
  ['half a question', { requestsPerMinute: 0.5 }],
  ['a header that is none', { allowedHeaders: ['a, b'] }],
])('a broker is not made of %s', (_, more) => {
  expect(() => createBroker(options(more as Partial<CreateBrokerOptions>))).toThrow(/TypeError|RangeError|`|no option/)
})
