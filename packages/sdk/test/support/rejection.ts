import { expect } from 'vitest'

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  let value
  try {
    value = await promise
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  expect.fail(`resolved with ${typeof value}`)
}

/** Resolves with the promise, or fails when it takes longer. */
export function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`still not settled after ${timeoutMs} ms`))
    }, timeoutMs)
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}
