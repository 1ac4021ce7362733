import { setTimeout as wait } from 'node:timers/promises'
import { beforeEach, expect, test, vi } from 'vitest'
import { RateLimiter } from '../src/runner/rate-limiter.js'

vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn() }))

const cost = { putRequests: 1, getRequests: 0, bytesDown: 0, bytesUp: 0, kmsCalls: 0 }
const waited = () => vi.mocked(wait).mock.calls.map(([ms]) => ms ?? 0)

beforeEach(() => vi.mocked(wait).mockClear())

test('waits as long as the rate takes', async () => {
  const limiter = new RateLimiter({ ossRequests: 0.1 })
  await limiter.take(cost)
  expect(waited()).toEqual([])
  await limiter.take(cost)
  expect(waited()).toHaveLength(1)
  expect(waited()[0]).toBeGreaterThan(9_000)
  expect(waited()[0]).toBeLessThanOrEqual(10_000)
})

test('waits longer than a timer can be set to, and can be told to stop', async () => {
  const limiter = new RateLimiter({ ossRequests: 2e-7 })
  const { signal } = new AbortController()
  await limiter.take(cost)
  await limiter.take(cost, signal)
  expect(Math.max(...waited())).toBeLessThan(2 ** 31)
  const allMs = waited().reduce((sum, ms) => sum + ms, 0)
  expect(allMs).toBeGreaterThan(5e9 - 60_000)
  expect(allMs).toBeLessThanOrEqual(5e9)
  for (const call of vi.mocked(wait).mock.calls) expect(call[2]).toEqual({ signal })
})
