import { printable } from './printable.js'
import { canBeDrawnOn, ERASE_LINE } from './progress.js'
import type { Report } from './report.js'

/** A line that changes: drawn over on a terminal, printed when it is another elsewhere, and an object each time in JSON. */
export class LiveLine {
  readonly #report: Report
  readonly #isDrawn: boolean
  #last = ''

  constructor(report: Report) {
    this.#report = report
    this.#isDrawn = !report.json && !report.quiet && canBeDrawnOn()
  }

  show(object: Readonly<Record<string, unknown>> & { readonly type: string }, line: string): void {
    if (line === this.#last) return
    this.#last = line
    if (this.#isDrawn) process.stderr.write(`${ERASE_LINE}${printable(line).slice(0, columns() - 1)}`)
    else this.#report.event(object, line)
  }

  /** Takes the line away. */
  close(): void {
    if (this.#isDrawn && this.#last !== '') process.stderr.write(ERASE_LINE)
    this.#last = ''
  }
}

function columns(): number {
  return Math.max(2, process.stderr.columns || 80)
}
