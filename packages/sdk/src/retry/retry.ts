import { ServiceError, type ServiceErrorCode } from '../errors.js'
import { assertOptions, type OptionNames } from '../options.js'
import { onAbort } from './on-abort.js'

/** When, and how often, a failed request is tried again. */
export interface RetryPolicy {
  /** How often a request is sent at most; 1 means never again. */
  readonly maxAttempts: number
  /** How long to wait before attempt `attempt` (2 is the first that is waited for), in milliseconds. */
  delayMs(attempt: number): number
}

/** Options of {@link fullJitter}. */
export interface FullJitterOptions {
  /** How often a request is sent at most. Default 5. */
  readonly maxAttempts?: number | undefined
  /** What the first wait is below, in milliseconds. It doubles with every attempt. Default 200. */
  readonly baseDelayMs?: number | undefined
  /** What every wait is below, in milliseconds. Default 10000. */
  readonly maxDelayMs?: number | undefined
}

const JITTER_OPTIONS: OptionNames<FullJitterOptions> = { maxAttempts: true, baseDelayMs: true, maxDelayMs: true }

/** Full jitter: a random time below `min(maxDelayMs, baseDelayMs * 2^n)`, so that clients that failed together do not return together. */
export function fullJitter(options: FullJitterOptions = {}): RetryPolicy {
  assertOptions('fullJitter', options, JITTER_OPTIONS)
  const { maxAttempts = 5, baseDelayMs = 200, maxDelayMs = 10_000 } = options
  return {
    maxAttempts,
    delayMs: (attempt) => Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)),
  }
}

/** Five attempts with full jitter from 200 ms. */
export const defaultRetryPolicy: RetryPolicy = fullJitter()

/** No second attempt. */
export const noRetry: RetryPolicy = { maxAttempts: 1, delayMs: () => 0 }

/** What is tried once more, and at once: the reason is gone by then, or stays whatever is waited. */
const tryOnceMore: ReadonlySet<ServiceErrorCode> = new Set(['CredentialsExpired', 'ClockSkewed'])

/**
 * Runs `attempt` until it succeeds, fails with anything but a retryable {@link ServiceError}, or the policy's attempts are used up; then
 * throws its last error. `CredentialsExpired` and `ClockSkewed` are tried once more each.
 *
 * @throws the signal's reason, at once, when it is aborted.
 */
export async function retrying<Result>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: (number: number) => Promise<Result>,
): Promise<Result> {
  const triedOnceMore = new Set<ServiceErrorCode>()
  for (let number = 1; ; number += 1) {
    signal?.throwIfAborted()
    try {
      return await attempt(number)
    } catch (error) {
      signal?.throwIfAborted()
      const again = error instanceof ServiceError && error.retryable && number < policy.maxAttempts
      if (!again || triedOnceMore.has(error.code)) throw error
      if (tryOnceMore.has(error.code)) {
        triedOnceMore.add(error.code)
        continue
      }
    }
    await wait(policy.delayMs(number + 1), signal)
  }
}

/** Resolves after `delayMs`, or rejects with the signal's reason. */
export function wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      release()
      resolve()
    }, delayMs)
    const release = onAbort(signal, () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    })
  })
}

/**
 * `work`, or the signal's reason as soon as it is aborted. What `work` comes to afterwards is passed to `discard`, so that nothing it opened
 * stays open.
 */
export function abortable<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
  discard?: (late: Result) => void,
): Promise<Result> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error)
      if (discard) work.then(discard, () => undefined)
    }
    if (signal.aborted) {
      abort()
      work.catch(() => undefined)
      return
    }
    work.then(resolve, reject).finally(onAbort(signal, abort))
  })
}
