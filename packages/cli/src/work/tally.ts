import type { ExitName } from '../exit-codes.js'
import { count, formatBytes } from '../terminal/amounts.js'
import type { Report } from '../terminal/report.js'

/** So many names are kept to be shown at the end. */
const MOST_LISTED = 1000

/** What came of all tasks of a command. */
export class Tally {
  /** What they are. */
  noun = 'object'
  done = 0
  bytes = 0
  /** How many had to be skipped, by the reason. */
  readonly skipped = new Map<string, number>()
  /** How many were compared with something else and are not the same, by the difference. */
  readonly different = new Map<string, number>()
  /** How many were left out that should not have been, by the reason. */
  readonly omitted = new Map<string, number>()
  /** How many failed, by the code of their errors. */
  readonly failed = new Map<string, number>()
  /** What is not what was written. */
  readonly tampered: string[] = []
  #tamperedCount = 0
  /** What ended everything, before all was tried. */
  ended: ExitName | undefined
  #onlyFailure: ExitName | undefined

  skip(why: string): void {
    add(this.skipped, why)
  }

  differ(why: string): void {
    add(this.different, why)
  }

  omit(why: string): void {
    add(this.omitted, why)
  }

  /** Notes a failure that was reported. */
  fail(object: string, code: string, exit: ExitName): void {
    add(this.failed, code)
    this.#onlyFailure = exit
    if (exit !== 'integrity') return
    this.#tamperedCount++
    if (this.tampered.length < MOST_LISTED) this.tampered.push(object)
  }

  get total(): number {
    return this.done + [this.skipped, this.different, this.omitted, this.failed].map(sum).reduce((a, b) => a + b)
  }

  /** Whether something failed, or may be missing. */
  get isComplete(): boolean {
    return sum(this.failed) + sum(this.omitted) === 0 && this.ended === undefined
  }

  /** Tampering comes before all else: of several objects, one that failed otherwise must not hide it. */
  get exit(): ExitName {
    if (this.#tamperedCount > 0) return 'integrity'
    if (this.ended !== undefined) return this.ended
    if (this.total === 1 && this.#onlyFailure !== undefined) return this.#onlyFailure
    if (!this.isComplete) return 'partial'
    return this.different.size > 0 ? 'different' : 'ok'
  }

  /** Says what came of it all. @param verb What was done, such as `uploaded`. */
  report(report: Report, verb: string, more: Readonly<Record<string, unknown>> = {}): void {
    const [skipped, different, omitted, failed] = [this.skipped, this.different, this.omitted, this.failed].map(sum)
    const facts = { done: this.done, skipped, different, omitted, failed, bytes: this.bytes }
    const reasons = {
      skippedFor: Object.fromEntries(this.skipped),
      differentIn: Object.fromEntries(this.different),
      omittedFor: Object.fromEntries(this.omitted),
      failedWith: Object.fromEntries(this.failed),
    }
    const parts = [
      `${count(this.done, this.noun)} ${verb}`,
      ...(this.skipped.size > 0 ? [`${skipped} skipped (${listed(this.skipped)})`] : []),
      ...(this.different.size > 0 ? [`${different} DIFFERENT (${listed(this.different)})`] : []),
      ...(this.omitted.size > 0 ? [`${omitted} LEFT OUT (${listed(this.omitted)})`] : []),
      ...(this.failed.size > 0 ? [`${failed} FAILED (${listed(this.failed)})`] : []),
      ...(this.bytes > 0 ? [formatBytes(this.bytes)] : []),
      ...(this.ended === undefined ? [] : ['the rest was not tried']),
    ]
    report.event(
      { type: 'summary', ...facts, ...reasons, tampered: this.tampered, complete: this.isComplete, ...more },
      parts.join(', '),
    )
    if (this.#tamperedCount === 0) return
    report.alert([
      `NOT what was written, or not what was meant: ${count(this.#tamperedCount, 'object')}. Do not use them, and do not run it again before you know why:`,
      ...this.tampered.map((object) => `  ${object}`),
      ...(this.#tamperedCount > this.tampered.length
        ? [`  and ${this.#tamperedCount - this.tampered.length} more`]
        : []),
    ])
  }
}

function add(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, each) => all + each, 0)
}

function listed(counts: ReadonlyMap<string, number>): string {
  if (counts.size === 1) return [...counts.keys()].join('')
  return [...counts].map(([what, times]) => `${times}: ${what}`).join('; ')
}
