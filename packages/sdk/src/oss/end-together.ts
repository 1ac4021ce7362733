import { setMaxListeners } from 'node:events'
import { onAbort } from '../retry/on-abort.js'

/** The end of several pieces of work: the caller's signal, or the first of them that fails. */
export interface SharedEnd {
  readonly signal: AbortSignal
  /** Ends them all. */
  readonly end: (reason?: unknown) => void
  /** Stops listening to the caller. */
  readonly release: () => void
}

/** Lets pieces of work end together. */
export function endTogether(signal: AbortSignal | undefined): SharedEnd {
  const ending = new AbortController()
  // A store may listen for every piece of work; more than ten listeners are no leak here.
  setMaxListeners(0, ending.signal)
  const abort = () => {
    ending.abort(signal?.reason)
  }
  if (signal?.aborted) abort()
  const release = onAbort(signal, abort)
  return {
    signal: ending.signal,
    end: (reason) => {
      ending.abort(reason)
    },
    release,
  }
}
