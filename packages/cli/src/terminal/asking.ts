import { createInterface, type Interface } from 'node:readline'
import { CommandError } from '../command-error.js'
import { printable } from './printable.js'

/** Questions on the terminal, one after the other. What was typed ahead answers the next one. */
export class Asking {
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>

  constructor() {
    // The terminal's own line editing: what it hands out are lines.
    this.#lines = createInterface({ input: process.stdin, terminal: false })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /** Whether there is somebody to ask. */
  static isPossible(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY
  }

  /**
   * Asks for a text; nothing typed means `usual`.
   *
   * @param problem What is wrong with an answer: it is said, and asked again.
   * @throws CommandError `NotConfirmed` when the input ends.
   */
  async text(question: string, usual: string, problem: (answer: string) => string | undefined): Promise<string> {
    for (;;) {
      process.stderr.write(printable(`${question}${usual === '' ? '' : ` [${usual}]`}: `))
      const next = await this.#answers.next()
      if (next.done === true) {
        process.stderr.write('\n')
        throw new CommandError('refused', 'NotConfirmed', 'the answers ended: nothing was written')
      }
      const answer = next.value.trim() || usual
      const wrong = problem(answer)
      if (wrong === undefined) return answer
      process.stderr.write(printable(`  ${JSON.stringify(answer)} ${wrong}`) + '\n')
    }
  }

  /** Asks for yes or no; nothing typed means `usual`. */
  async yes(question: string, usual: boolean): Promise<boolean> {
    const isAnswer = (answer: string) => (/^(y|yes|n|no)$/i.test(answer) ? undefined : 'is neither yes nor no')
    const answer = await this.text(question, usual ? 'yes' : 'no', isAnswer)
    return /^y/i.test(answer)
  }

  close(): void {
    this.#lines.close()
  }
}
