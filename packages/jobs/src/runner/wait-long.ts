import { setTimeout as wait } from 'node:timers/promises'

/** A timer that is set to more ends at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Waits however long. @throws the signal's reason. */
export async function waitLong(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  for (let left = milliseconds; left > 0; left -= MAX_TIMER_MS)
    await wait(Math.min(left, MAX_TIMER_MS), undefined, { signal })
}
