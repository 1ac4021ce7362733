import { abortable } from '../retry/retry.js'

/**
 * Makes a function that fetches once, for all its callers, and then always answers with what was fetched. A failure is
 * not remembered. A caller whose signal is aborted stops waiting; the others, for whom the same is being fetched, do
 * not notice.
 */
export function remember<Value>(fetch: () => Promise<Value>): (signal: AbortSignal | undefined) => Promise<Value> {
  let fetched: Promise<Value> | undefined
  return async (signal) => {
    signal?.throwIfAborted()
    fetched ??= fetch().catch((error: unknown) => {
      fetched = undefined
      throw error
    })
    return abortable(fetched, signal)
  }
}
