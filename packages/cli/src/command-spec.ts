import type { ExitName } from './exit-codes.js'
import type { Flags } from './flags.js'
import type { Report } from './terminal/report.js'

/** An option: flags as commander takes them, and a description; `repeat` collects several. */
export type OptionSpec = readonly [flags: string, description: string, repeat?: 'repeat']

/** What a command is run with. */
export interface CommandContext {
  readonly args: readonly string[]
  readonly flags: Flags
  readonly report: Report
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** All commands, for what shows them. */
  readonly commands: readonly CommandSpec[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** One command, as `--help`, docs/CLI.md and the completions show it. */
export interface CommandSpec {
  /** Two words for one below another, such as `local start`. */
  readonly name: string
  readonly summary: string
  /** As it is shown, and as commander takes it unless `parsedArgs` says otherwise: `<source> [target]`. */
  readonly args?: string
  /** What commander takes, where it cannot take `args`. */
  readonly parsedArgs?: string
  /** What is to be known beyond the summary. */
  readonly details?: string
  /** Whether it talks to OSS and KMS, and takes the options that say where and how. */
  readonly cloud: boolean
  readonly options: readonly OptionSpec[]
  /** Lines for a shell. The tests run them. */
  readonly examples: readonly string[]
  /** Runs it. Nothing returned: all went well. */
  run(context: CommandContext): Promise<ExitName | undefined>
}
