import { fstatSync } from 'node:fs'
import type { Progress as Track } from 'osscrypt/oss'
import { describeProgress, type Phase, type Snapshot } from './progress-line.js'

/** How progress is shown. `auto`: redrawn on a terminal that nobody else draws on, now and then on one that cannot, and nowhere else. */
export const progressStyles = ['auto', 'none', 'json'] as const
export type ProgressStyle = (typeof progressStyles)[number]

/** One of the pieces of work that the line adds up. */
export interface Tracked {
  /** Told how far it is, by the library. */
  readonly update: Track
  /** It has ended, well or not. */
  readonly end: () => void
}

interface Running {
  readonly phase: Phase
  /** Of its length, how much is through: 0 to 1. */
  share: number
  /** Bytes, where the length is not known. */
  bytes: number
  length: number | undefined
  parts: number | undefined
}

const DRAWN_EVERY_MS = 100
const PRINTED_EVERY_MS = 5000
const JSON_EVERY_MS = 1000

/** To the beginning of the line, and nothing of it left. */
export const ERASE_LINE = '\r\u001b[K'

/** The rate is that of the last seconds. */
const WINDOW_MS = 8000

/** How far everything is, as one line on stderr. */
export class Progress {
  readonly #running = new Set<Running>()
  readonly #samples: { readonly atMs: number; bytes: number }[] = [{ atMs: performance.now(), bytes: 0 }]
  #style: ProgressStyle
  #expected = { files: 0, bytes: 0, complete: true }
  #planned = false
  #doneBytes = 0
  #doneFiles = 0
  #retries = 0
  #timer: NodeJS.Timeout | undefined
  #shown = false

  constructor(style: ProgressStyle) {
    this.#style = style
  }

  /** An object's content goes to stdout: on a terminal, or to who draws on it, progress would be drawn over it. */
  contentToStdout(): void {
    if (this.#style === 'auto' && !isFile(1)) this.#style = 'none'
  }

  /** There are several files; more are told of while they are found. */
  plan(): void {
    this.#planned = true
    this.#expected.complete = false
    this.#start()
  }

  /** One more file was found, or several. */
  expect(length: number | undefined, files = 1): void {
    this.#expected.files += files
    this.#expected.bytes += length ?? 0
  }

  /** All files have been counted before. */
  expectAll(files: number, bytes: number): void {
    this.#expected = { files, bytes, complete: true }
  }

  /** Files that somebody was through with before. */
  passed(files: number, bytes: number): void {
    this.#doneFiles += files
    this.#doneBytes += bytes
    // They tell nothing of how fast it goes.
    for (const sample of this.#samples) sample.bytes += bytes
  }

  /** All files have been found. */
  planned(): void {
    this.#expected.complete = true
  }

  /** Nothing has to be done about a file that was expected. */
  forget(length: number | undefined): void {
    this.#expected.files--
    this.#expected.bytes -= length ?? 0
  }

  /** Something was tried again. */
  retried(): void {
    this.#retries++
  }

  /** @param length Bytes that are to come, if that is known. */
  track(phase: Phase, length: number | undefined): Tracked {
    const running: Running = { phase, share: 0, bytes: 0, length, parts: undefined }
    this.#running.add(running)
    if (!this.#planned) this.expect(length)
    this.#start()
    return {
      update: ({ bytes, total, parts }) => {
        // What is tried again is counted again: never more than there is.
        running.share = total ? Math.min(1, bytes / total) : running.share
        running.bytes = total ? Math.min(bytes, total) : bytes
        if (running.length === undefined && total !== undefined) {
          running.length = total
          this.#expected.bytes += total
        }
        running.parts = parts
      },
      end: () => {
        if (!this.#running.delete(running)) return
        this.#doneBytes += running.length ?? running.bytes
        this.#doneFiles++
      },
    }
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (this.#shown) process.stderr.write(ERASE_LINE)
    this.#shown = false
  }

  close(): void {
    clearInterval(this.#timer)
    this.clear()
  }

  #start(): void {
    if (this.#timer || this.#style === 'none') return
    if (this.#style === 'json') this.#every(JSON_EVERY_MS, () => this.#printJson())
    else if (!canBeDrawnOn()) return
    else if (process.env['TERM'] === 'dumb') this.#every(PRINTED_EVERY_MS, () => this.#print())
    else this.#every(DRAWN_EVERY_MS, () => this.#draw())
  }

  #every(ms: number, show: () => void): void {
    this.#timer = setInterval(show, ms)
    this.#timer.unref()
  }

  #snapshot(): Snapshot {
    const running = [...this.#running]
    const bytes = running.reduce(
      (sum, each) => sum + (each.length === undefined ? each.bytes : each.share * each.length),
      this.#doneBytes,
    )
    const { files, bytes: length, complete } = this.#expected
    const [first] = running
    return {
      // What is read before it is sent has nothing on its way yet.
      phase:
        isSent(first?.phase) && this.#doneFiles === 0 && running.every(({ share }) => share === 0)
          ? 'reading'
          : first?.phase,
      bytes: Math.floor(bytes),
      length: length > 0 ? length : undefined,
      complete,
      files: this.#planned ? files : undefined,
      doneFiles: this.#doneFiles,
      parts: this.#planned ? undefined : first?.parts,
      retries: this.#retries,
      bytesPerSecond: this.#rate(performance.now(), bytes),
    }
  }

  #rate(nowMs: number, bytes: number): number {
    const samples = this.#samples
    samples.push({ atMs: nowMs, bytes })
    while (samples.length > 2 && (samples[0]?.atMs ?? nowMs) < nowMs - WINDOW_MS) samples.shift()
    const [oldest] = samples
    const seconds = (nowMs - (oldest?.atMs ?? nowMs)) / 1000
    return seconds > 0 ? Math.max(0, bytes - (oldest?.bytes ?? 0)) / seconds : 0
  }

  #printJson(): void {
    const { length, complete, ...snapshot } = this.#snapshot()
    const facts = {
      ...snapshot,
      bytesPerSecond: Math.round(snapshot.bytesPerSecond),
      total: complete ? length : undefined,
    }
    process.stderr.write(`${JSON.stringify({ type: 'progress', ...facts })}\n`)
  }

  #print(): void {
    if (this.#running.size > 0) process.stderr.write(`${describeProgress(this.#snapshot(), columns())}\n`)
  }

  #draw(): void {
    if (this.#running.size === 0) return
    // It is one line, and shorter than the terminal is wide: nothing else has to be drawn again.
    process.stderr.write(`${ERASE_LINE}${describeProgress(this.#snapshot(), columns())}`)
    this.#shown = true
  }
}

function isSent(phase: Phase | undefined): boolean {
  return phase === 'sending' || phase === 'copying'
}

function columns(): number {
  return process.stderr.columns || 80
}

/** Whether stderr is a terminal, and what is printed does not go to a program that draws there, such as `less`. */
export function canBeDrawnOn(): boolean {
  return process.stderr.isTTY && (process.stdout.isTTY || isFile(1))
}

/** Whether it is a file, or a device that is no terminal. */
function isFile(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    return stats.isFile() || (stats.isCharacterDevice() && !process.stdout.isTTY)
  } catch {
    return false
  }
}
