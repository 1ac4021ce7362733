import type { createLogUpdate } from 'log-update'
import { printable } from './printable.js'
import { canBeDrawnOn } from './progress.js'
import type { Report } from './report.js'

/** A line that changes: drawn over on a terminal, printed when it is another elsewhere, and an object each time in JSON. */
export class LiveLine {
  readonly #report: Report
  readonly #isDrawn: boolean
  #drawn: ReturnType<typeof createLogUpdate> | undefined
  #last = ''

  constructor(report: Report) {
    this.#report = report
    this.#isDrawn = !report.json && !report.quiet && canBeDrawnOn()
  }

  async show(object: Readonly<Record<string, unknown>> & { readonly type: string }, line: string): Promise<void> {
    if (line === this.#last) return
    this.#last = line
    if (!this.#isDrawn) {
      this.#report.event(object, line)
      return
    }
    this.#drawn ??= (await import('log-update')).createLogUpdate(process.stderr)
    this.#drawn(printable(line).slice(0, Math.max(1, (process.stderr.columns || 80) - 1)))
  }

  /** Takes the line away. */
  close(): void {
    this.#drawn?.clear()
    this.#drawn?.done()
    this.#drawn = undefined
  }
}
