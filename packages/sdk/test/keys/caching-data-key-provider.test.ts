import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  CachingDataKeyProvider,
  LruDataKeyCacheStore,
  ServiceError,
  type DataKeyCacheEntry,
  type DataKeyCacheStore,
  type DataKeyProvider,
  type EncryptedDataKey,
} from 'osscrypt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { rejection } from '../support/rejection.js'
import { BufferDataKeyProvider, MemoryDataKeyProvider } from '../testing/memory-data-key-provider.js'
import { cacheAround, GatedProvider, isZero, messageOf, openingOf, settle, suiteNamed } from './caching-fixture.js'

const provider = () => new MemoryDataKeyProvider()

describe('new messages', () => {
  test('of one algorithm and context get the same data key and wrapped keys', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    const first = await cache.generateDataKey(messageOf(10, { encryptionContext: { a: '1', b: '2' } }))
    const second = await cache.generateDataKey(messageOf(20, { encryptionContext: { b: '2', a: '1' } }))
    expect(second).toEqual(first)
    expect(inner.calls).toBe(1)
  })

  test.each([
    ['another context', { encryptionContext: { a: 'bc' } }, { encryptionContext: { ab: 'c' } }],
    ['an empty context', { encryptionContext: { '': '' } }, { encryptionContext: {} }],
    ['an algorithm of the same key length', {}, { algorithm: suiteNamed('FLOE') }],
    ['an algorithm of the same mode', {}, { algorithm: suiteNamed('AES_GCM_NOPADDING_128') }],
  ])('of %s do not', async (_, one, other) => {
    const inner = provider()
    const cache = cacheAround(inner)
    const first = await cache.generateDataKey(messageOf(1, one))
    const second = await cache.generateDataKey(messageOf(1, other))
    expect(second.dataKey).not.toEqual(first.dataKey)
    expect(inner.generated).toBe(2)
  })

  test('of unknown length get a data key of their own, and leave none behind', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    await cache.generateDataKey(messageOf())
    const { algorithm, encryptionContext } = messageOf()
    const keys = [
      await cache.generateDataKey({ algorithm, encryptionContext }),
      await cache.generateDataKey({ algorithm, encryptionContext, plaintextLength: undefined }),
      await cache.generateDataKey(messageOf()),
    ].map(({ dataKey }) => Buffer.from(dataKey).toString('hex'))
    expect(new Set(keys).size).toBe(3)
    expect(inner.generated).toBe(3)
    expect(cache.statistics).toEqual({ hits: 1, misses: 3, calls: 3, evictions: 0, entries: 1 })
  })

  test('of more than maxBytes get a data key of their own, and leave the one that is kept', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxBytes: 100 })
    const kept = await cache.generateDataKey(messageOf(10))
    const own = await cache.generateDataKey(messageOf(101))
    expect(own.dataKey).not.toEqual(kept.dataKey)
    expect(await cache.generateDataKey(messageOf(90))).toEqual(kept)
  })

  test.each([-1, 1.5, NaN, Infinity, 2 ** 53])('of a length of %s are refused', async (plaintextLength) => {
    const inner = provider()
    await expect(cacheAround(inner).generateDataKey(messageOf(plaintextLength))).rejects.toThrow(RangeError)
    expect(inner.calls).toBe(0)
  })

  test('of a context that cannot be encoded are refused before the provider is asked', async () => {
    const inner = provider()
    await expect(
      cacheAround(inner).generateDataKey(messageOf(1, { encryptionContext: { a: '\ud800' } })),
    ).rejects.toThrow(TypeError)
    expect(inner.calls).toBe(0)
  })

  test('get their own context, whatever the caller does to his meanwhile', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const encryptionContext = { a: '1' }
    const making = cache.generateDataKey(messageOf(1, { encryptionContext }))
    encryptionContext.a = '2'
    inner.waiting[0]!.open()
    const made = await making
    const opening = cache.decryptDataKey(openingOf(made, { encryptionContext: { a: '1' } }))
    inner.waiting[1]!.open()
    expect(await opening).toEqual(made.dataKey)
  })

  test('do not open messages: who may write need not be allowed to read', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    await cache.decryptDataKey(openingOf(await cache.generateDataKey(messageOf())))
    expect(inner.decrypted).toBe(1)
  })
})

describe('messages that are opened', () => {
  test('again are opened without the provider', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxMessages: 1 })
    const made = await cache.generateDataKey(messageOf())
    for (let reading = 0; reading < 5; reading += 1) {
      expect(await cache.decryptDataKey(openingOf(made))).toEqual(made.dataKey)
    }
    expect(inner.decrypted).toBe(1)
    expect(cache.statistics).toEqual({ hits: 4, misses: 2, calls: 2, evictions: 0, entries: 1 })
  })

  test('with any change are asked about anew', async () => {
    const inner = new MemoryDataKeyProvider(['acs:kms:r:1:key/a', 'acs:kms:r:1:key/b'])
    const cache = cacheAround(inner)
    const made = await inner.generateDataKey(messageOf(1, { encryptionContext: { a: '1' } }))
    const opening = openingOf(made, { encryptionContext: { a: '1' } })
    const [one, two] = made.encryptedDataKeys
    await cache.decryptDataKey(opening)
    const changed = { ...one!, ciphertextBlob: Uint8Array.from(one!.ciphertextBlob, (byte) => byte ^ 1) }
    const requests = [
      { ...opening, encryptionContext: {} },
      { ...opening, encryptionContext: { a: '2' } },
      { ...opening, algorithm: suiteNamed('FLOE') },
      { ...opening, encryptedDataKeys: [one!] },
      { ...opening, encryptedDataKeys: [two!] },
      { ...opening, encryptedDataKeys: [changed, two!] },
      { ...opening, encryptedDataKeys: [] },
    ]
    for (const [index, request] of requests.entries()) {
      await cache.decryptDataKey(request).catch(() => undefined)
      expect(inner.decrypted).toBe(2 + index)
    }
    await cache.decryptDataKey(opening)
    expect(inner.decrypted).toBe(1 + requests.length)
  })

  test('that are none of the provider’s are asked about each time', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    const made = await new MemoryDataKeyProvider(['acs:kms:r:1:key/foreign']).generateDataKey(messageOf())
    expect(await cache.decryptDataKey(openingOf(made))).toBeNull()
    expect(await cache.decryptDataKey(openingOf(made))).toBeNull()
    expect(inner.decrypted).toBe(2)
    expect(cache.statistics.entries).toBe(0)
  })

  test('are those of the call, Buffers too, whatever the caller does to his arrays meanwhile', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const making = inner.generateDataKey(messageOf())
    inner.waiting[0]!.open()
    const made = await making
    const [{ keyArn, ciphertextBlob: right }] = made.encryptedDataKeys as [EncryptedDataKey]
    const blob = Buffer.from(right)
    const opening = cache.decryptDataKey({ ...openingOf(made), encryptedDataKeys: [{ keyArn, ciphertextBlob: blob }] })
    blob.fill(0)
    inner.waiting[1]!.open()
    const opened = await opening
    expect(await cache.decryptDataKey(openingOf(made))).toEqual(opened)
    expect(inner.decrypted).toBe(1)
  })
})

describe('limits', () => {
  test('a data key serves maxMessages messages', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxMessages: 3 })
    for (let message = 0; message < 9; message += 1) await cache.generateDataKey(messageOf(0))
    expect(inner.generated).toBe(3)
    expect(cache.statistics).toEqual({ hits: 6, misses: 3, calls: 3, evictions: 0, entries: 0 })
  })

  test('a data key that is used up is overwritten at once', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxMessages: 2 })
    await cache.generateDataKey(messageOf())
    expect(isZero(inner.handedOut[0]!)).toBe(false)
    await cache.generateDataKey(messageOf())
    expect(isZero(inner.handedOut[0]!)).toBe(true)
  })

  test('a data key serves maxBytes bytes', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxBytes: 100 })
    const first = await cache.generateDataKey(messageOf(60))
    expect(await cache.generateDataKey(messageOf(39))).toEqual(first)
    const second = await cache.generateDataKey(messageOf(2))
    expect(second).not.toEqual(first)
    expect(isZero(inner.handedOut[0]!)).toBe(true)
    expect(await cache.generateDataKey(messageOf(98))).toEqual(second)
    expect(isZero(inner.handedOut[1]!)).toBe(true)
  })

  test('by default a data key serves 1024 messages and 64 GiB', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    for (let message = 0; message < 1024; message += 1) await cache.generateDataKey(messageOf())
    expect(inner.generated).toBe(1)
    await cache.generateDataKey(messageOf(2 ** 36 - 1))
    expect(inner.generated).toBe(2)
    await cache.generateDataKey(messageOf(1))
    expect(inner.generated).toBe(2)
    await cache.generateDataKey(messageOf(1))
    expect(inner.generated).toBe(3)
  })

  test.each([
    ['maxAgeMs', [0, -1, 0.5, NaN, Infinity, 2 ** 31, undefined]],
    ['maxMessages', [0, -1, 1.5, NaN, Infinity, 2 ** 31 + 1]],
    ['maxBytes', [0, -1, 1.5, NaN, Infinity, 2 ** 50 + 1]],
    ['capacity', [0, -1, 1.5, NaN, Infinity]],
  ])('%s is checked', (name, values) => {
    for (const value of values) {
      expect(() => new CachingDataKeyProvider(provider(), { maxAgeMs: 1, [name]: value })).toThrow(
        expect.objectContaining({ name: 'RangeError', message: expect.stringContaining(name) }),
      )
    }
  })

  test('the most that limits can be is taken', () => {
    cacheAround(provider(), { maxAgeMs: 2 ** 31 - 1, maxMessages: 2 ** 31, maxBytes: 2 ** 50, capacity: 1 })
  })

  test('capacity is not taken together with a store', () => {
    const store = new LruDataKeyCacheStore(1)
    expect(() => cacheAround(provider(), { store, capacity: 1 })).toThrow(TypeError)
  })
})

describe('requests at the same time', () => {
  test('make one call, and get arrays of their own', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const requests = Array.from({ length: 100 }, () => cache.generateDataKey(messageOf()))
    expect(inner.waiting).toHaveLength(1)
    inner.waiting[0]!.open()
    const answers = await Promise.all(requests)
    expect(inner.calls).toBe(1)
    expect(new Set(answers.map(({ dataKey }) => dataKey)).size).toBe(100)
    expect(new Set(answers.map(({ dataKey }) => dataKey.buffer)).size).toBe(100)
    expect(new Set(answers.map(({ encryptedDataKeys }) => encryptedDataKeys[0]!.ciphertextBlob.buffer)).size).toBe(100)
    expect(answers.every(({ dataKey }) => Buffer.compare(dataKey, answers[0]!.dataKey) === 0)).toBe(true)
    expect(answers.some(({ dataKey }) => dataKey === inner.handedOut[0])).toBe(false)
    expect(cache.statistics).toEqual({ hits: 0, misses: 100, calls: 1, evictions: 0, entries: 1 })
  })

  test('to open a message make one call', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const making = inner.generateDataKey(messageOf())
    inner.waiting[0]!.open()
    const made = await making
    const requests = Array.from({ length: 100 }, () => cache.decryptDataKey(openingOf(made)))
    inner.waiting[1]!.open()
    const answers = await Promise.all(requests)
    expect(inner.decrypted).toBe(1)
    expect(new Set(answers.map((answer) => answer!.buffer)).size).toBe(100)
    expect(answers.every((answer) => Buffer.compare(answer!, made.dataKey) === 0)).toBe(true)
  })

  test('make as many calls as the budget asks for', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner, { maxMessages: 10 })
    const requests = Array.from({ length: 95 }, () => cache.generateDataKey(messageOf()))
    expect(inner.waiting).toHaveLength(10)
    for (const call of inner.waiting) call.open()
    const counts = countKeys(await Promise.all(requests))
    expect(counts).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5])
    expect(inner.handedOut.map(isZero)).toEqual([...new Array<boolean>(9).fill(true), false])
    for (let message = 0; message < 5; message += 1) await cache.generateDataKey(messageOf())
    expect(inner.calls).toBe(10)
    expect(inner.handedOut.every(isZero)).toBe(true)
  })

  test('make as many calls as their bytes ask for, in whatever order these are answered', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner, { maxBytes: 100 })
    const requests = [40, 40, 40, 40, 20, 1].map((bytes) => cache.generateDataKey(messageOf(bytes)))
    expect(inner.waiting).toHaveLength(3)
    for (const call of inner.waiting.reverse()) call.open()
    expect(countKeys(await Promise.all(requests))).toEqual([3, 2, 1])
    // The last call was answered first, and its data key alone has something left.
    expect(inner.handedOut.map(isZero)).toEqual([false, true, true])
  })

  test('all get the error, which is not kept', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const failed = Promise.allSettled(Array.from({ length: 100 }, () => cache.generateDataKey(messageOf())))
    const error = new ServiceError('Throttled', 'KMS is throttling', { service: 'kms', retryable: true })
    inner.waiting[0]!.fail(error)
    for (const outcome of await failed) expect(outcome).toEqual({ status: 'rejected', reason: error })
    expect(cache.statistics.entries).toBe(0)
    const making = cache.generateDataKey(messageOf())
    inner.waiting[1]!.open()
    expect((await making).dataKey).toHaveLength(32)
  })

  test('for different data keys do not wait for each other', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const slow = cache.generateDataKey(messageOf(1, { encryptionContext: { a: '1' } }))
    const fast = cache.generateDataKey(messageOf(1, { encryptionContext: { a: '2' } }))
    inner.waiting[1]!.open()
    await fast
    inner.waiting[0]!.open()
    await slow
  })

  test('fail when the provider answers with something that it must not', async () => {
    for (const answer of [undefined, null, {}, { dataKey: new Uint8Array(32) }]) {
      const broken: DataKeyProvider = {
        generateDataKey: async () => answer as never,
        decryptDataKey: async () => null,
      }
      const cache = cacheAround(broken)
      const outcomes = await Promise.allSettled([1, 2].map(() => cache.generateDataKey(messageOf())))
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(cache.statistics.entries).toBe(0)
    }
  })

  test('fail when the provider throws at once', async () => {
    const error = new Error('at once')
    const broken: DataKeyProvider = {
      generateDataKey: () => {
        throw error
      },
      decryptDataKey: () => {
        throw error
      },
    }
    const cache = cacheAround(broken)
    expect(await rejection(cache.generateDataKey(messageOf()))).toBe(error)
    expect(await rejection(cache.generateDataKey(messageOf()))).toBe(error)
    expect(await rejection(cache.decryptDataKey({ ...messageOf(), encryptedDataKeys: [] }))).toBe(error)
  })
})

describe('an abort', () => {
  const reason = new Error('enough')

  test('of one request leaves the others alone', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const controller = new AbortController()
    const aborted = rejection(cache.generateDataKey(messageOf(1, { signal: controller.signal })))
    const others = [
      cache.generateDataKey(messageOf(1, { signal: new AbortController().signal })),
      cache.generateDataKey(messageOf()),
    ]
    controller.abort(reason)
    expect(await aborted).toBe(reason)
    expect(inner.asked[0]!.aborted).toBe(false)
    inner.waiting[0]!.open()
    const [first, second] = await Promise.all(others)
    expect(second).toEqual(first)
    expect(inner.calls).toBe(1)
  })

  test('of all requests aborts the call, and the next request makes a new one', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const controllers = [new AbortController(), new AbortController()]
    const aborted = controllers.map(({ signal }) => rejection(cache.generateDataKey(messageOf(1, { signal }))))
    controllers[0]!.abort(new Error('first'))
    expect(inner.asked[0]!.aborted).toBe(false)
    controllers[1]!.abort(reason)
    expect(inner.asked[0]!.aborted).toBe(true)
    expect(inner.asked[0]!.reason).toBe(reason)
    const next = cache.generateDataKey(messageOf())
    expect((await Promise.all(aborted)).map(({ message }) => message)).toEqual(['first', 'enough'])
    inner.waiting[1]!.open()
    expect((await next).dataKey).toHaveLength(32)
    expect(cache.statistics.entries).toBe(1)
  })

  test('that the provider does not heed is heeded all the same, and what comes late is overwritten', async () => {
    const inner = new GatedProvider()
    inner.heedsSignals = false
    const cache = cacheAround(inner)
    const controller = new AbortController()
    const aborted = rejection(cache.generateDataKey(messageOf(1, { signal: controller.signal })))
    controller.abort(reason)
    expect(await aborted).toBe(reason)
    inner.waiting[0]!.open()
    await settle()
    expect(inner.handedOut.map(isZero)).toEqual([true])
    expect(cache.statistics.entries).toBe(0)
  })

  test('before the request makes no call, even where the cache could answer', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    const made = await cache.generateDataKey(messageOf())
    await cache.decryptDataKey(openingOf(made))
    const signal = AbortSignal.abort(reason)
    expect(await rejection(cache.generateDataKey(messageOf(1, { signal })))).toBe(reason)
    expect(await rejection(cache.decryptDataKey(openingOf(made, { signal })))).toBe(reason)
    expect(inner.calls).toBe(2)
  })

  test('after the answer changes nothing', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    const controller = new AbortController()
    const made = await cache.generateDataKey(messageOf(1, { signal: controller.signal }))
    controller.abort(reason)
    expect(await cache.generateDataKey(messageOf())).toEqual(made)
  })

  test('by the provider, as it is called, fails the request', async () => {
    const controller = new AbortController()
    const inner: DataKeyProvider = {
      generateDataKey: () => {
        controller.abort(reason)
        return new Promise(() => undefined)
      },
      decryptDataKey: async () => null,
    }
    const request = messageOf(1, { signal: controller.signal })
    expect(await rejection(cacheAround(inner).generateDataKey(request))).toBe(reason)
  })
})

describe('age', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('a data key is used for less than maxAgeMs', async () => {
    let now = 0
    const inner = provider()
    const cache = cacheAround(inner, { maxAgeMs: 1000, now: () => now })
    const made = await cache.generateDataKey(messageOf())
    await cache.decryptDataKey(openingOf(made))
    now = 999
    await cache.generateDataKey(messageOf())
    await cache.decryptDataKey(openingOf(made))
    expect(inner.calls).toBe(2)
    now = 1000
    await cache.generateDataKey(messageOf())
    await cache.decryptDataKey(openingOf(made))
    expect(inner.calls).toBe(4)
    expect(inner.handedOut.map(isZero)).toEqual([true, true, false, false])
    expect(cache.statistics).toEqual({ hits: 2, misses: 4, calls: 4, evictions: 0, entries: 2 })
  })

  test('a data key is not used by a clock that was set back', async () => {
    let now = 1_000_000
    const inner = provider()
    const cache = cacheAround(inner, { now: () => now })
    await cache.generateDataKey(messageOf())
    now -= 1
    await cache.generateDataKey(messageOf())
    expect(inner.calls).toBe(2)
  })

  test('a use does not make a data key younger', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxAgeMs: 1000 })
    for (let use = 0; use < 20; use += 1) {
      await cache.generateDataKey(messageOf())
      vi.advanceTimersByTime(100)
    }
    expect(inner.calls).toBe(2)
  })

  test('a data key that nobody asks for is overwritten when its time is over', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { maxAgeMs: 1000 })
    const made = await cache.generateDataKey(messageOf())
    await cache.decryptDataKey(openingOf(made))
    vi.advanceTimersByTime(999)
    expect(inner.handedOut.map(isZero)).toEqual([false, false])
    vi.advanceTimersByTime(1)
    expect(inner.handedOut.map(isZero)).toEqual([true, true])
    expect(isZero(made.dataKey)).toBe(false)
    expect(cache.statistics).toMatchObject({ entries: 0, evictions: 0 })
  })

  test('no timer outlives its data key', async () => {
    const cache = cacheAround(provider(), { maxMessages: 2, capacity: 3 })
    for (let index = 0; index < 10; index += 1) {
      await cache.generateDataKey(messageOf(1, { encryptionContext: { index: String(index) } }))
    }
    expect(vi.getTimerCount()).toBe(3)
    await cache.generateDataKey(messageOf(1, { encryptionContext: { index: '9' } }))
    expect(vi.getTimerCount()).toBe(2)
    cache.clear()
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('timers do not keep the process alive', async () => {
  const script = `
    import { CachingDataKeyProvider } from 'osscrypt'
    const cache = new CachingDataKeyProvider(
      {
        generateDataKey: async () => ({
          dataKey: new Uint8Array(32),
          encryptedDataKeys: [{ keyArn: 'a', ciphertextBlob: Uint8Array.of(1) }],
        }),
        decryptDataKey: async () => null,
      },
      { maxAgeMs: 600_000 },
    )
    await cache.generateDataKey({ algorithm: { id: 2, keyLength: 32 }, encryptionContext: {}, plaintextLength: 1 })
    console.log(cache.statistics.entries)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 10_000,
  })
  expect(stdout).toBe('1\n')
})

describe('the cache’s own data keys', () => {
  const request = (index: number) => messageOf(1, { encryptionContext: { index: String(index) } })

  test('are overwritten when they are evicted, the least recently used first', async () => {
    const inner = provider()
    const cache = cacheAround(inner, { capacity: 2 })
    await cache.generateDataKey(request(0))
    await cache.generateDataKey(request(1))
    await cache.generateDataKey(request(0))
    await cache.generateDataKey(request(2))
    expect(inner.handedOut.map(isZero)).toEqual([false, true, false])
    expect(cache.statistics).toEqual({ hits: 1, misses: 3, calls: 3, evictions: 1, entries: 2 })
    await cache.generateDataKey(request(0))
    expect(inner.calls).toBe(3)
  })

  test('are overwritten by clear(), and those of callers are not', async () => {
    const inner = provider()
    const cache = cacheAround(inner)
    const made = await cache.generateDataKey(messageOf())
    const opened = await cache.decryptDataKey(openingOf(made))
    cache.clear()
    expect(inner.handedOut.map(isZero)).toEqual([true, true])
    expect(isZero(made.dataKey) || isZero(opened!)).toBe(false)
    expect(cache.statistics).toEqual({ hits: 0, misses: 2, calls: 2, evictions: 0, entries: 0 })
    expect((await cache.generateDataKey(messageOf())).dataKey).not.toEqual(made.dataKey)
  })

  test('are not kept when they come after clear()', async () => {
    const inner = new GatedProvider()
    const cache = cacheAround(inner)
    const before = cache.generateDataKey(messageOf())
    cache.clear()
    const after = cache.generateDataKey(messageOf())
    expect(inner.waiting).toHaveLength(2)
    for (const call of inner.waiting) call.open()
    const [first, second] = await Promise.all([before, after])
    expect(first.dataKey).not.toEqual(second.dataKey)
    expect(isZero(first.dataKey)).toBe(false)
    expect(inner.handedOut.map(isZero)).toEqual([true, false])
    expect(await cache.generateDataKey(messageOf())).toEqual(second)
  })

  test.each([MemoryDataKeyProvider, BufferDataKeyProvider])(
    'of a %o are what nobody outside of it can change',
    async (Provider) => {
      const cache = cacheAround(new Provider())
      const first = await cache.generateDataKey(messageOf())
      const right = structuredClone(first)
      first.dataKey.fill(0)
      for (const { ciphertextBlob } of first.encryptedDataKeys) ciphertextBlob.fill(0)
      expect(await cache.generateDataKey(messageOf())).toEqual(right)
      for (let reading = 0; reading < 3; reading += 1) {
        const opened = await cache.decryptDataKey(openingOf(right))
        expect(opened).toEqual(right.dataKey)
        opened!.fill(0)
      }
    },
  )

  test('show in no text that is made of the cache', async () => {
    const inner = provider()
    const store = new LruDataKeyCacheStore(10)
    const cache = cacheAround(inner, { store })
    await cache.generateDataKey(messageOf())
    const { inspect } = await import('node:util')
    const hex = Buffer.from(inner.handedOut[0]!).toString('hex')
    const list = [...inner.handedOut[0]!].join(', ')
    for (const text of [inspect(cache, { depth: 9 }), inspect(store, { depth: 9 }), JSON.stringify(cache)]) {
      expect(text).not.toContain(hex)
      expect(text).not.toContain(list.slice(0, 20))
    }
  })
})

describe('a shared store', () => {
  const arns = ['acs:kms:r:1:key/a']

  test('is not shared between caches, unless they are given a partition', async () => {
    const store = new LruDataKeyCacheStore(10)
    const inner = provider()
    const first = cacheAround(inner, { store })
    const second = cacheAround(inner, { store })
    const made = await first.generateDataKey(messageOf())
    expect(await second.generateDataKey(messageOf())).not.toEqual(made)
    await first.decryptDataKey(openingOf(made))
    await second.decryptDataKey(openingOf(made))
    expect(inner.calls).toBe(4)
    expect(store.size).toBe(4)
  })

  test('is shared by caches of one partition whose providers have the same CMKs', async () => {
    const store = new LruDataKeyCacheStore(10)
    const options = { store, partition: 'team' }
    const [one, same] = [new MemoryDataKeyProvider(arns), new MemoryDataKeyProvider(arns)]
    const made = await cacheAround(one, options).generateDataKey(messageOf())
    expect(await cacheAround(same, options).generateDataKey(messageOf())).toEqual(made)
    expect(same.calls).toBe(0)
  })

  test.each([
    ['another partition', arns, 'other team'],
    ['an empty partition', arns, ''],
    ['another CMK', ['acs:kms:r:1:key/b'], 'team'],
    ['one CMK more', [...arns, 'acs:kms:r:1:key/b'], 'team'],
    ['no CMKs', [], 'team'],
  ])('is not shared with %s', async (_, otherArns, partition) => {
    const store = new LruDataKeyCacheStore(10)
    const other = Object.assign(new MemoryDataKeyProvider(arns), { cmkArns: otherArns })
    const made = await cacheAround(new MemoryDataKeyProvider(arns), { store, partition: 'team' }).generateDataKey(
      messageOf(),
    )
    expect((await cacheAround(other, { store, partition }).generateDataKey(messageOf())).dataKey).not.toEqual(
      made.dataKey,
    )
    expect(other.calls).toBe(1)
  })

  test('counts the uses of all, and each cache keeps to its own limits', async () => {
    const store = new LruDataKeyCacheStore(10)
    const inner = new MemoryDataKeyProvider(arns)
    const generous = cacheAround(inner, { store, partition: 'team' })
    const strict = cacheAround(inner, { store, partition: 'team', maxMessages: 3 })
    await generous.generateDataKey(messageOf())
    await generous.generateDataKey(messageOf())
    await strict.generateDataKey(messageOf())
    expect(inner.calls).toBe(1)
    expect(isZero(inner.handedOut[0]!)).toBe(true)
    expect(generous.statistics).toMatchObject({ entries: 0, evictions: 1 })
    await generous.generateDataKey(messageOf())
    expect(inner.calls).toBe(2)
  })

  test('is cleared of one cache’s data keys only', async () => {
    const store = new LruDataKeyCacheStore(10)
    const first = cacheAround(provider(), { store })
    const second = cacheAround(provider(), { store })
    await first.generateDataKey(messageOf())
    const kept = await second.generateDataKey(messageOf())
    first.clear()
    expect(store.size).toBe(1)
    expect(await second.generateDataKey(messageOf())).toEqual(kept)
  })

  test('needs providers that name their CMKs', () => {
    const unnamed: DataKeyProvider = {
      generateDataKey: () => Promise.reject(new Error()),
      decryptDataKey: async () => null,
    }
    expect(() => cacheAround(unnamed, { partition: 'team' })).toThrow(TypeError)
    expect(cacheAround(unnamed).cmkArns).toBeUndefined()
    expect(cacheAround(new MemoryDataKeyProvider(arns)).cmkArns).toEqual(arns)
  })
})

describe('a store that is wrong', () => {
  /** Answers every question with what `answer` makes of what was put last. */
  function storeThat(answer: (put: DataKeyCacheEntry | undefined) => DataKeyCacheEntry | undefined): DataKeyCacheStore {
    let last: DataKeyCacheEntry | undefined
    return {
      size: 1,
      get: () => answer(last),
      put: (_, entry) => {
        last = entry
      },
      delete: () => undefined,
      clear: () => undefined,
    }
  }

  test.each([
    ['the entry of another id', storeThat((put) => put)],
    [
      'an entry that it destroyed',
      storeThat((put) => {
        put?.destroy()
        return put
      }),
    ],
    ['a look-alike', storeThat((put) => put && { ...put, destroyed: false, destroy: () => undefined })],
    ['nothing, ever', storeThat(() => undefined)],
  ])('does no harm with %s', async (_, store) => {
    const inner = provider()
    const cache = cacheAround(inner, { store })
    for (const index of ['0', '0', '1', '0', '1', '1']) {
      const encryptionContext = { index }
      const made = await cache.generateDataKey(messageOf(1, { encryptionContext }))
      expect(await inner.decryptDataKey(openingOf(made, { encryptionContext }))).toEqual(made.dataKey)
    }
  })
})

/** How many answers each data key came in, most first. */
function countKeys(answers: readonly { readonly dataKey: Uint8Array }[]): number[] {
  const counts = new Map<string, number>()
  for (const { dataKey } of answers) {
    const key = Buffer.from(dataKey).toString('hex')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts.values()].sort((left, right) => right - left)
}

describe('a store that is wrong', () => {
  const storeWith = (change: Partial<DataKeyCacheStore>): DataKeyCacheStore => ({
    size: 0,
    get: () => undefined,
    put: () => undefined,
    delete: () => undefined,
    clear: () => undefined,
    ...change,
  })

  test.each([null, 7, 'entry', {}, { destroyed: false, destroy: () => undefined }, Promise.resolve(undefined)])(
    'is not believed: %o is no entry',
    async (entry) => {
      const inner = new MemoryDataKeyProvider()
      const cache = cacheAround(inner, { store: storeWith({ get: () => entry as never }) })
      const made = await cache.generateDataKey(messageOf())
      expect(await cache.decryptDataKey(openingOf(made))).toEqual(made.dataKey)
      await cache.generateDataKey(messageOf())
      expect(inner.calls).toBe(3)
    },
  )

  test('is not left with a data key that it could not keep', async () => {
    const inner = new MemoryDataKeyProvider()
    let kept: DataKeyCacheEntry | undefined
    const put = (_id: string, entry: DataKeyCacheEntry) => {
      kept = entry
      throw new Error('full')
    }
    const cache = cacheAround(inner, { store: storeWith({ put }) })
    const { dataKey } = await cache.generateDataKey(messageOf())
    expect(dataKey.some((byte) => byte !== 0)).toBe(true)
    expect(kept?.destroyed).toBe(true)
    expect(inner.handedOut[0]?.every((byte) => byte === 0)).toBe(true)
    expect(cache.statistics).toMatchObject({ entries: 0, evictions: 0 })
  })
})
