import { CommandError, usageError } from '../command-error.js'
import { printable } from './printable.js'

/** Asks on the terminal. @throws CommandError when the answer is not yes, or there is nobody to ask. */
export async function confirm(question: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageError(`${question} nobody can be asked`, '--yes says it')
  const { createInterface } = await import('node:readline/promises')
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C is this interface's while it asks.
  asking.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const answer = await asking.question(`${printable(question)} [y/N] `, { signal })
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('refused', 'NotConfirmed', 'nothing was done')
  } finally {
    asking.close()
  }
}
