import { existsSync, readFileSync } from 'node:fs'

const STATUS = '/proc/self/status'

/**
 * The most memory (RSS) that this process has taken so far, in MiB. On Linux `maxRSS` begins with what the parent process had, so that a child of
 * a large process seems never to grow.
 */
export function peakMemoryMib() {
  const status = existsSync(STATUS) ? readFileSync(STATUS, 'utf8') : ''
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
  return (peak === undefined ? process.resourceUsage().maxRSS : Number(peak)) / 1024
}

/** The memory (RSS) that this process takes now, in MiB. */
export function memoryMib() {
  return process.memoryUsage.rss() / 2 ** 20
}
