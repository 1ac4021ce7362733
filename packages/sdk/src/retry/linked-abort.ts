import { onAbort } from './on-abort.js'

/** A signal of one piece of work, or of several that end together. */
export interface LinkedAbort {
  readonly signal: AbortSignal
  /** Ends what listens to the signal, and nothing of the caller's. */
  readonly abort: (reason?: unknown) => void
  /** Stops listening to the caller. */
  readonly release: () => void
}

/** A signal that is aborted with the caller's, or by itself. */
export function linkAbort(signal: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController()
  const abort = () => {
    controller.abort(signal?.reason)
  }
  if (signal?.aborted) abort()
  const release = onAbort(signal, abort)
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason)
    },
    release,
  }
}
