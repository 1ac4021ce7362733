/** What timers take for longer than any call: 24 days. */
const NEVER_MS = 2 ** 31 - 1

/** A limit in milliseconds as timers take it. 0 and Infinity stand for none. */
export function timerMs(name: string, limitMs: number): number {
  if (typeof limitMs !== 'number' || Number.isNaN(limitMs) || limitMs < 0)
    throw new RangeError(`\`${name}\` is a number of milliseconds; 0 or Infinity for no limit`)
  return limitMs === 0 ? NEVER_MS : Math.min(limitMs, NEVER_MS)
}
