import type { createLogUpdate } from 'log-update'
import type { Progress } from 'osscrypt/oss'
import { formatBytes, formatTime } from './amounts.js'

/** Told how far one transfer has come. */
export type Track = Progress

interface Transfer {
  bytes: number
  total: number | undefined
  parts: number | undefined
}

const LIVE_EVERY_MS = 100
const LINE_EVERY_MS = 5000

/** What is on its way, all transfers together: bytes, rate, time left, parts, retries. On stderr. */
export class TransferProgress {
  readonly #style: 'none' | 'live' | 'lines'
  readonly #started = performance.now()
  readonly #running = new Map<object, Transfer>()
  #doneBytes = 0
  #doneTransfers = 0
  #transfers: number | undefined
  #retries = 0
  #timer: NodeJS.Timeout | undefined
  #live: ReturnType<typeof createLogUpdate> | undefined

  constructor(style: 'none' | 'live' | 'lines') {
    this.#style = style
  }

  /** How many transfers there will be. */
  expect(transfers: number): void {
    this.#transfers = transfers
  }

  /** Something was tried again. */
  retried(): void {
    this.#retries++
  }

  /** Begins a transfer; `done` ends it. */
  track(total?: number): { readonly update: Track; readonly done: () => void } {
    const transfer: Transfer = { bytes: 0, total, parts: undefined }
    this.#running.set(transfer, transfer)
    this.#start()
    return {
      update: ({ bytes, total: known, parts }) => {
        transfer.bytes = bytes
        transfer.total = known ?? transfer.total
        transfer.parts = parts
      },
      done: () => {
        if (!this.#running.delete(transfer)) return
        this.#doneBytes += transfer.bytes
        this.#doneTransfers++
      },
    }
  }

  /** Takes the live line away, so that something else can be printed. */
  clear(): void {
    this.#live?.clear()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#live?.clear()
    this.#live?.done()
    this.#live = undefined
    await Promise.resolve()
  }

  #start(): void {
    if (this.#style === 'none' || this.#timer) return
    const live = this.#style === 'live'
    this.#timer = setInterval(() => void this.#show(live), live ? LIVE_EVERY_MS : LINE_EVERY_MS)
    this.#timer.unref()
  }

  async #show(live: boolean): Promise<void> {
    if (this.#running.size === 0) return
    const line = this.describe(performance.now())
    if (!live) {
      process.stderr.write(`${line}\n`)
      return
    }
    this.#live ??= (await import('log-update')).createLogUpdate(process.stderr)
    if (this.#running.size > 0) this.#live(line)
  }

  /** One line that says how far it all is. */
  describe(nowMs: number): string {
    const running = [...this.#running.values()]
    const bytes = this.#doneBytes + running.reduce((sum, each) => sum + each.bytes, 0)
    const seconds = Math.max(0.001, (nowMs - this.#started) / 1000)
    const rate = bytes / seconds
    const transfers = this.#transfers ?? 1
    const only = transfers === 1 ? running[0]?.total : undefined
    const parts = [
      only === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(only)}`,
      ...(only === undefined || only === 0 ? [] : [`${Math.min(100, Math.floor((100 * bytes) / only))} %`]),
      `${formatBytes(rate)}/s`,
      ...(only === undefined || rate === 0 ? [] : [`${formatTime(Math.max(0, only - bytes) / rate)} left`]),
      ...(transfers > 1 ? [`${this.#doneTransfers} of ${transfers} objects`] : []),
      ...(transfers === 1 && running[0]?.parts !== undefined ? [`${running[0].parts} parts`] : []),
      ...(this.#retries > 0 ? [`${this.#retries} retries`] : []),
    ]
    return parts.join('  ')
  }
}
