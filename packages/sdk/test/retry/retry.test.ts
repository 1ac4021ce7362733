import fc from 'fast-check'
import { FormatError, fullJitter, KeyError, noRetry, ServiceError } from 'osscrypt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { abortable, defaultRetryPolicy, retrying, wait } from '../../src/retry/retry.js'
import { rejection } from '../support/rejection.js'

const retryable = () => new ServiceError('Throttled', 'slow down', { service: 'kms', retryable: true })
const atOnce = { maxAttempts: 5, delayMs: () => 0 }

describe('retrying', () => {
  test('tries as often as the policy says, and throws the last error', async () => {
    for (const maxAttempts of [1, 2, 5]) {
      const errors = Array.from({ length: maxAttempts }, retryable)
      const numbers: number[] = []
      const failed = retrying({ ...atOnce, maxAttempts }, undefined, (number) => {
        numbers.push(number)
        return Promise.reject(errors[number - 1]!)
      })
      expect(await rejection(failed)).toBe(errors.at(-1))
      expect(numbers).toEqual(errors.map((_, index) => index + 1))
    }
  })

  test('stops at the first success', async () => {
    let tried = 0
    expect(
      await retrying(atOnce, undefined, (number) =>
        (tried = number) < 3 ? Promise.reject(retryable()) : Promise.resolve('done'),
      ),
    ).toBe('done')
    expect(tried).toBe(3)
  })

  test.each([
    new ServiceError('AccessDenied', 'no', { service: 'kms' }),
    new ServiceError('ServiceFailure', 'no', { service: 'kms', retryable: false }),
    new FormatError('no'),
    new KeyError('NoMatchingKey', 'no'),
    new TypeError('no'),
    Object.assign(new Error('no'), { retryable: true }),
  ])('does not try again after %o', async (error) => {
    const attempt = vi.fn(() => Promise.reject(error))
    expect(await rejection(retrying(atOnce, undefined, attempt))).toBe(error)
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  test.each(['CredentialsExpired', 'ClockSkewed'] as const)('tries once more, and at once, after %s', async (code) => {
    const policy = { maxAttempts: 5, delayMs: vi.fn(() => 0) }
    const failing = () => Promise.reject(new ServiceError(code, 'no', { service: 'kms', retryable: true }))
    const attempt = vi.fn(failing)
    expect(await rejection(retrying(policy, undefined, attempt))).toMatchObject({ code })
    expect(attempt).toHaveBeenCalledTimes(2)
    expect(policy.delayMs).not.toHaveBeenCalled()

    const cured = vi
      .fn(failing)
      .mockImplementationOnce(failing)
      .mockResolvedValue('done' as never)
    expect(await retrying(policy, undefined, cured)).toBe('done')
    expect(await rejection(retrying(noRetry, undefined, failing))).toMatchObject({ code })
  })

  test('one more try for each of them, and among others as often as the policy says', async () => {
    const codes = ['Throttled', 'CredentialsExpired', 'ClockSkewed', 'Throttled', 'CredentialsExpired'] as const
    const attempt = vi.fn((number: number) =>
      Promise.reject(new ServiceError(codes[number - 1]!, 'no', { service: 'kms', retryable: true })),
    )
    expect(await rejection(retrying({ ...atOnce, maxAttempts: 9 }, undefined, attempt))).toMatchObject({
      code: 'CredentialsExpired',
    })
    expect(attempt).toHaveBeenCalledTimes(5)
  })

  test('asks the policy before each wait: 2, 3, …', async () => {
    const asked: number[] = []
    const policy = { maxAttempts: 4, delayMs: (attempt: number) => asked.push(attempt) && 0 }
    await rejection(retrying(policy, undefined, () => Promise.reject(retryable())))
    expect(asked).toEqual([2, 3, 4])
  })

  test('an aborted signal: not one attempt', async () => {
    const attempt = vi.fn(() => Promise.resolve())
    expect(await rejection(retrying(atOnce, AbortSignal.abort('reason'), attempt))).toBe('reason')
    expect(attempt).not.toHaveBeenCalled()
  })

  test('an abort during an attempt is told in place of its error', async () => {
    const controller = new AbortController()
    const attempt = vi.fn(() => {
      controller.abort('reason')
      return Promise.reject(retryable())
    })
    expect(await rejection(retrying(atOnce, controller.signal, attempt))).toBe('reason')
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  test('an abort during a wait ends it at once', async () => {
    const controller = new AbortController()
    const running = rejection(
      retrying({ maxAttempts: 2, delayMs: () => 60_000 }, controller.signal, () => Promise.reject(retryable())),
    )
    setTimeout(() => controller.abort('reason'), 5)
    expect(await running).toBe('reason')
  })
})

describe('policies', () => {
  test('full jitter stays below its ceiling, which doubles', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 20_000 }),
        (attempt, baseDelayMs, maxDelayMs) => {
          const delayMs = fullJitter({ baseDelayMs, maxDelayMs }).delayMs(attempt)
          expect(delayMs).toBeGreaterThanOrEqual(0)
          expect(delayMs).toBeLessThanOrEqual(Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)))
        },
      ),
    )
  })

  test('full jitter uses all of that', () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.999)
    expect([2, 3, 4, 5, 50].map((attempt) => Math.round(defaultRetryPolicy.delayMs(attempt)))).toEqual([
      400, 799, 1598, 3197, 9990,
    ])
    random.mockReturnValue(0)
    expect(defaultRetryPolicy.delayMs(5)).toBe(0)
    random.mockRestore()
    expect(defaultRetryPolicy.maxAttempts).toBe(5)
    expect(noRetry.maxAttempts).toBe(1)
  })
})

describe('wait and abortable', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('a wait that is over leaves no listener and no timer', async () => {
    const { signal } = new AbortController()
    const remove = vi.spyOn(signal, 'removeEventListener')
    const waiting = wait(1000, signal)
    await vi.advanceTimersByTimeAsync(1000)
    await waiting
    expect(remove).toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
    const controller = new AbortController()
    const broken = rejection(wait(1000, controller.signal))
    controller.abort('reason')
    expect(await broken).toBe('reason')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('work that is not aborted is as it was', async () => {
    const { signal } = new AbortController()
    expect(await abortable(Promise.resolve(1), signal)).toBe(1)
    expect(await abortable(Promise.resolve(1), undefined)).toBe(1)
    const error = new Error('no')
    expect(await rejection(abortable(Promise.reject(error), signal))).toBe(error)
  })

  test.each(['before', 'during'])(
    'aborted %s: what comes late is discarded, and its failure nobody’s',
    async (when) => {
      for (const [late, discarded] of [
        [Promise.resolve('late'), ['late']],
        [Promise.reject(new Error('late')), []],
      ] as const) {
        const discard = vi.fn()
        const controller = new AbortController()
        if (when === 'before') controller.abort('reason')
        const running = rejection(abortable(late, controller.signal, discard))
        controller.abort('reason')
        expect(await running).toBe('reason')
        await Promise.resolve()
        expect(discard.mock.calls.flat()).toEqual(discarded)
      }
    },
  )
})
