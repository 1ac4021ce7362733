/** Tells when nothing has moved for too long. */
export interface IdleTimer {
  /** Something has moved, or is waited for from now on. */
  readonly moved: () => void
  /** Nothing is waited for until {@link moved} is called again. */
  readonly pause: () => void
  /** No call comes any more. */
  readonly stop: () => void
}

/** The longest delay that timers take; what is meant to be longer has no end. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * Calls `onIdle` once, when nothing has moved for `timeoutMs`.
 *
 * @param timeoutMs 0, or more than timers take, such as Infinity: never.
 */
export function startIdleTimer(timeoutMs: number, onIdle: () => void): IdleTimer {
  if (timeoutMs <= 0 || timeoutMs > MAX_DELAY_MS) {
    const nothing = () => undefined
    return { moved: nothing, pause: nothing, stop: nothing }
  }
  let deadlineMs: number | undefined = performance.now() + timeoutMs
  // One timer for all the movements, which are many; none while nothing is waited for, which may be for ever.
  const check = () => {
    timer = undefined
    if (deadlineMs === undefined) return
    const leftMs = deadlineMs - performance.now()
    if (leftMs > 0) timer = setTimeout(check, Math.ceil(leftMs))
    else onIdle()
  }
  let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(check, timeoutMs)
  return {
    moved: () => {
      deadlineMs = performance.now() + timeoutMs
      timer ??= setTimeout(check, timeoutMs)
    },
    pause: () => {
      deadlineMs = undefined
    },
    stop: () => {
      clearTimeout(timer)
    },
  }
}
