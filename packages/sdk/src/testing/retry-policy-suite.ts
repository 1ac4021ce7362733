import type { RetryPolicy } from '../retry/retry.js'
import { demand, suiteCase, type SuiteCase } from './suite.js'

/** What {@link retryPolicySuite} tests, and how it is made. */
export interface RetryPolicySuiteOptions {
  readonly create: () => RetryPolicy | Promise<RetryPolicy>
}

/** A longer wait than this makes timers end at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** What every {@link RetryPolicy} has to do, as cases for any test runner. */
export function retryPolicySuite({ create }: RetryPolicySuiteOptions): SuiteCase[] {
  return [
    suiteCase('sends a request a whole number of times, once at least', create, (policy) => {
      checkAttempts(policy)
    }),
    suiteCase('names a wait that a timer can wait for every attempt', create, (policy) => {
      const maxAttempts = checkAttempts(policy)
      for (let attempt = 2; attempt <= Math.min(maxAttempts, 1000); attempt += 1) {
        for (let sample = 0; sample < 20; sample += 1) checkDelay(policy, attempt)
      }
      // An exponential wait is the longest before the last.
      if (maxAttempts > 1) checkDelay(policy, maxAttempts)
    }),
    suiteCase('serves several requests at a time', create, (policy) => {
      const maxAttempts = checkAttempts(policy)
      for (let request = 0; request < 100; request += 1) {
        for (let attempt = 2; attempt <= Math.min(maxAttempts, 10); attempt += 1) checkDelay(policy, attempt)
        demand(policy.maxAttempts === maxAttempts, 'maxAttempts changes from request to request')
      }
    }),
  ]
}

function checkAttempts({ maxAttempts }: RetryPolicy): number {
  demand(Number.isSafeInteger(maxAttempts) && maxAttempts >= 1, `maxAttempts is ${maxAttempts}`)
  return maxAttempts
}

function checkDelay(policy: RetryPolicy, attempt: number): void {
  const delayMs = policy.delayMs(attempt)
  demand(delayMs >= 0 && delayMs <= MAX_DELAY_MS, `delayMs(${attempt}) is ${delayMs}`)
}
