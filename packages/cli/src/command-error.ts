import type { ExitName } from './exit-codes.js'

/** What the command itself refuses. `code` is what `--json` shows; `hint` says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exit: ExitName
  readonly code: string
  readonly hint: string | undefined

  constructor(exit: ExitName, code: string, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options)
    this.exit = exit
    this.code = code
    this.hint = hint
  }
}

/** The command line is wrong. */
export function usageError(message: string, hint?: string): CommandError {
  return new CommandError('usage', 'Usage', message, hint)
}

/** Something is there already, and nothing said that it may go. */
export function existsError(what: string): CommandError {
  return new CommandError(
    'refused',
    'Exists',
    `${what} is there already`,
    '--force replaces it, --update replaces what is older or of another size, --no-clobber leaves it',
  )
}
