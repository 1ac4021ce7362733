import { fullJitter, noRetry, type RetryPolicy } from 'osscrypt'
import { retryPolicySuite } from 'osscrypt/testing'
import { expect, test } from 'vitest'
import { failures, runSuite } from './run-suite.js'

runSuite('full jitter', retryPolicySuite({ create: () => fullJitter() }))
runSuite(
  'full jitter without end',
  retryPolicySuite({ create: () => fullJitter({ maxAttempts: Number.MAX_SAFE_INTEGER }) }),
)
runSuite('no retry', retryPolicySuite({ create: () => noRetry }))

let asked = 0
const wrong: Record<string, () => RetryPolicy> = {
  'no attempt': () => ({ ...noRetry, maxAttempts: 0 }),
  'half an attempt': () => ({ ...noRetry, maxAttempts: 1.5 }),
  'attempts without end': () => ({ ...noRetry, maxAttempts: Infinity }),
  'a negative wait': () => ({ maxAttempts: 2, delayMs: () => -1 }),
  'no number': () => ({ maxAttempts: 2, delayMs: () => NaN }),
  'a wait that grows past what timers take': () => ({ maxAttempts: 40, delayMs: (attempt) => 2 ** attempt }),
  'attempts that are counted over all requests': () => ({
    get maxAttempts() {
      asked += 1
      return Math.max(1, 5 - asked)
    },
    delayMs: () => 0,
  }),
}

test.each(Object.entries(wrong))('the suite finds %s', async (_, create) => {
  expect(await failures(retryPolicySuite({ create }))).not.toEqual([])
})
