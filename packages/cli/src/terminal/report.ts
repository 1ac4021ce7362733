import { appendFileSync } from 'node:fs'
import { explainError, type Explanation } from '../explain-error.js'
import type { ExitName } from '../exit-codes.js'
import { exitCode } from '../exit-codes.js'
import type { Interruption } from '../interruption.js'
import { describeCauses } from './describe-causes.js'
import { Progress, type ProgressStyle } from './progress.js'
import { printable } from './printable.js'

type JsonObject = Readonly<Record<string, unknown>> & { readonly type: string }

/** A line, or several: what is in one has no say over where it ends. */
type Lines = string | readonly string[]

/** Where the services are that a command talks to, and what says so: errors name it. */
export interface Places {
  readonly oss: string
  readonly kms: string
}

/** How the command is to say what it says. */
export interface ReportOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly debug: boolean
  readonly progress: ProgressStyle
  /** A file that everything is written to as well, with the time. */
  readonly logFile?: string | undefined
}

/**
 * Everything that the command says. Results go to stdout, all else to stderr. Whatever is printed goes through here, and is cleaned of what a
 * terminal would obey.
 */
export class Report {
  readonly json: boolean
  readonly quiet: boolean
  readonly #verbose: boolean
  readonly #debug: boolean
  readonly #logFile: string | undefined
  #stdoutTaken = false
  #places: Places | undefined
  readonly #explained = new Set<string>()
  readonly progress: Progress

  constructor({ json, quiet, verbose, debug, progress, logFile }: ReportOptions) {
    this.json = json
    this.quiet = quiet
    this.#verbose = verbose
    this.#debug = debug
    this.#logFile = logFile
    this.progress = new Progress(progress === 'auto' && (quiet || json) ? 'none' : progress)
  }

  /** An object's content goes to stdout: what is said besides goes to stderr. */
  takeStdout(): void {
    this.#stdoutTaken = true
    this.progress.contentToStdout()
  }

  /** Where the services are that are talked to from now on: what they refuse, or do not answer, names it. */
  talkTo(places: Places): void {
    this.#places = places
  }

  /** What was asked for: printed even with --quiet. */
  answer(object: JsonObject, lines: Lines): void {
    this.#say(object, lines, true)
  }

  /** What was asked for, and no log file is to have. */
  secretAnswer(object: JsonObject, line: string): void {
    this.progress.clear()
    process.stdout.write(`${printable(this.json ? JSON.stringify(object) : line)}\n`)
  }

  /** What was done. */
  event(object: JsonObject, lines: Lines): void {
    this.#say(object, lines, !this.quiet)
  }

  /** What was not done, for a reason that is no failure: shown with --verbose, and in JSON. */
  detail(object: JsonObject, lines: Lines): void {
    this.#say(object, lines, this.#verbose)
  }

  /** For people only. */
  note(text: string): void {
    if (!this.quiet && !this.json) this.#err(`osscrypt: ${text}`)
  }

  /** What nobody may miss, whatever is quiet. */
  alert(lines: readonly string[]): void {
    if (!this.json) for (const line of lines) this.#err(line)
  }

  /** Content was handed out that nobody has verified: said whatever is quiet. */
  unverified(object: string): void {
    if (this.json) this.#out(JSON.stringify({ type: 'unverified', object }))
    else this.#err(`osscrypt: nobody has verified ${object}: whoever can write there could have changed it unnoticed`)
  }

  /**
   * Reports an error, of one object where it is named, and says which exit code is its.
   *
   * @param target Where the object was to go.
   */
  failure(error: unknown, object?: string, target?: string): ExitName {
    const explanation = explainError(error)
    const { exit, code, message, hint, service, serviceCode, requestId } = explanation
    const causes = this.#debug ? describeCauses(error) : undefined
    const place = this.#placeOf(explanation)
    if (this.json) {
      const facts = { code, message, hint, place, service, serviceCode, requestId, exitCode: exitCode(exit) }
      this.#out(JSON.stringify({ type: 'error', object, target, ...facts, causes }))
      return exit
    }
    const named = [object, target].filter((name) => name !== undefined)
    const isSaid = named.some((name) => name.includes('/') && message.includes(name))
    const of = named.length === 0 || isSaid ? '' : `${named.join(' -> ')}: `
    const id = requestId === undefined || message.includes(requestId) ? '' : `, RequestId ${requestId}`
    this.#err(`osscrypt: ${of}${message} (${code}${id})`)
    for (const line of [hint, place]) this.#explain(line)
    for (const line of causes ?? []) this.#err(`  ${line}`)
    return exit
  }

  /** Says what is the same for every object of which it is true: once. */
  #explain(line: string | undefined): void {
    if (line === undefined || this.#explained.has(line)) return
    this.#explained.add(line)
    this.#err(`  ${line}`)
  }

  /** Where the service was asked, where that may be what is wrong. */
  #placeOf({ exit, service, serviceCode }: Explanation): string | undefined {
    const mayBeWrong = exit === 'denied' || exit === 'network' || serviceCode === 'NoSuchBucket'
    if (!mayBeWrong || (service !== 'oss' && service !== 'kms')) return undefined
    return this.#places?.[service]
  }

  interrupted({ hint }: Interruption): void {
    if (this.json)
      this.#out(JSON.stringify({ type: 'error', code: 'Interrupted', message: 'interrupted', hint, exitCode: 130 }))
    else
      this.#err(
        `osscrypt: interrupted${hint === undefined ? '; what was under way has left nothing behind' : `; ${hint}`}`,
      )
  }

  close(): void {
    this.progress.close()
  }

  #say(object: JsonObject, lines: Lines, shown: boolean): void {
    if (this.json) this.#out(JSON.stringify(object))
    else for (const line of typeof lines === 'string' ? [lines] : lines) if (line !== '') this.#out(line, shown)
  }

  #out(line: string, shown = true): void {
    this.#write(this.#stdoutTaken ? process.stderr : process.stdout, line, shown)
  }

  #err(line: string): void {
    this.#write(process.stderr, line, true)
  }

  #write(stream: NodeJS.WritableStream, line: string, shown: boolean): void {
    const clean = printable(line)
    if (this.#logFile !== undefined)
      appendFileSync(this.#logFile, `${new Date().toISOString()} ${clean}\n`, { mode: 0o600 })
    if (!shown) return
    this.progress.clear()
    stream.write(`${clean}\n`)
  }
}
