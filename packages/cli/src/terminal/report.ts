import { explainError } from '../explain-error.js'
import type { ExitName } from '../exit-codes.js'
import { exitCode } from '../exit-codes.js'
import type { Interruption } from '../interruption.js'
import { describeCauses } from './describe-causes.js'
import { TransferProgress } from './transfer-progress.js'
import { printable } from './printable.js'

type JsonObject = Readonly<Record<string, unknown>> & { readonly type: string }

/** Everything that the command says. Results go to stdout, all else to stderr. */
export class Report {
  readonly json: boolean
  readonly quiet: boolean
  readonly #debug: boolean
  #stdoutTaken = false
  /** What is on its way, on a terminal; lines now and then elsewhere. */
  readonly progress: TransferProgress

  constructor({ json, quiet, debug }: { readonly json: boolean; readonly quiet: boolean; readonly debug: boolean }) {
    this.json = json
    this.quiet = quiet
    this.#debug = debug
    this.progress = new TransferProgress(quiet || json ? 'none' : process.stderr.isTTY ? 'live' : 'lines')
  }

  /** An object's content goes to stdout: what is said besides goes to stderr. */
  takeStdout(): void {
    this.#stdoutTaken = true
  }

  /** What was asked for: printed even with --quiet. */
  answer(object: JsonObject, text: string): void {
    if (this.json) this.#out(JSON.stringify(object))
    else if (text !== '') this.#out(text)
  }

  /** What was done. */
  event(object: JsonObject, text: string): void {
    if (this.json) this.#out(JSON.stringify(object))
    else if (!this.quiet) this.#out(text)
  }

  /** For people only. */
  note(text: string): void {
    if (!this.quiet && !this.json) this.#err(`osscrypt: ${text}`)
  }

  /** Reports an error, of one object where it is named, and says which exit code is its. */
  failure(error: unknown, object?: string): ExitName {
    const explained = explainError(error)
    const { exit, code, message, hint, service, serviceCode, requestId } = explained
    const causes = this.#debug ? describeCauses(error) : undefined
    if (this.json) {
      const facts = { code, message, hint, service, serviceCode, requestId, exitCode: exitCode(exit) }
      this.#out(JSON.stringify({ type: 'error', ...(object === undefined ? {} : { object }), ...facts, causes }))
      return exit
    }
    const of = object === undefined || message.includes(object) ? '' : `${printable(object)}: `
    const id = requestId === undefined || message.includes(requestId) ? '' : `, RequestId ${requestId}`
    this.#err(`osscrypt: ${of}${printable(message)} (${code}${id})`)
    if (hint !== undefined) this.#err(`  ${hint}`)
    for (const line of causes ?? []) this.#err(`  ${printable(line)}`)
    return exit
  }

  interrupted({ hint }: Interruption): void {
    if (this.json)
      this.#out(JSON.stringify({ type: 'error', code: 'Interrupted', message: 'interrupted', hint, exitCode: 130 }))
    else
      this.#err(
        `osscrypt: interrupted${hint === undefined ? '; what was under way has left nothing behind' : `; ${hint}`}`,
      )
  }

  async close(): Promise<void> {
    await this.progress.close()
  }

  #out(line: string): void {
    this.progress.clear()
    const stream = this.#stdoutTaken ? process.stderr : process.stdout
    stream.write(`${line}\n`)
  }

  #err(line: string): void {
    this.progress.clear()
    process.stderr.write(`${line}\n`)
  }
}
