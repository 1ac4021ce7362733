import { Command, CommanderError } from 'commander'
import { usageError } from './command-error.js'
import { optionsOf } from './command-options.js'
import type { CommandSpec, OptionSpec } from './command-spec.js'
import { commands } from './commands.js'
import { exitCode, type ExitName } from './exit-codes.js'
import { Flags } from './flags.js'
import { type Interruption, onInterruption } from './interruption.js'
import { Report } from './terminal/report.js'

/** Runs the command that the arguments name, to its end, and ends the process. */
export async function runProgram(args: readonly string[]): Promise<void> {
  const wanted = (flag: string) => args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes(flag)
  const report = new Report({
    json: wanted('--json'),
    quiet: wanted('--quiet') || wanted('-q'),
    debug: wanted('--debug'),
  })
  const controller = new AbortController()
  onInterruption(controller)
  process.stdout.on('error', () => {
    // Whoever read it has gone: `osscrypt cat … | head`.
    process.exit(exitCode('failure'))
  })
  let exit: ExitName = 'ok'
  try {
    await createProgram(async (spec, context) => {
      const ended = await spec.run({ ...context, report, signal: controller.signal, commands, env: process.env })
      exit = controller.signal.aborted ? 'interrupted' : (ended ?? 'ok')
    }).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (controller.signal.aborted) {
      report.interrupted(controller.signal.reason as Interruption)
      exit = 'interrupted'
    } else if (error instanceof CommanderError) {
      exit = error.exitCode === 0 ? 'ok' : 'usage'
      if (exit !== 'ok') report.failure(usageError(error.message.replace(/^error: /, ''), '--help shows what there is'))
    } else exit = report.failure(error)
  }
  await report.close()
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
  process.exit(exitCode(exit))
}

/** The commands as commander knows them. `run` is called for the one that is named. */
function createProgram(
  run: (spec: CommandSpec, context: { readonly args: readonly string[]; readonly flags: Flags }) => Promise<void>,
): Command {
  const program = quietly(new Command('osscrypt'))
    .description('Encrypted objects in Alibaba Cloud OSS: what is sent is encrypted here, what comes back is verified.')
    .usage('COMMAND [options]')
    .option('-V, --version', 'print the version')
    .addHelpText('after', '\n`osscrypt COMMAND --help` shows an example. Exit codes and all else: docs/CLI.md.')
  const parents = new Map<string, Command>()
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ')
    let parent = program
    if (second !== undefined) {
      parent = parents.get(first) ?? quietly(program.command(first)).description(groupSummaries[first] ?? '')
      parents.set(first, parent)
    }
    const command = quietly(parent.command(`${second ?? first}${spec.args === undefined ? '' : ` ${spec.args}`}`))
    command
      .summary(spec.summary)
      .description(`${spec.summary}.${spec.details === undefined ? '' : `\n\n${spec.details}`}`)
    for (const option of optionsOf(spec)) addOption(command, option)
    command.addHelpText('after', `\nExample:\n${spec.examples.map((line) => `  ${line}`).join('\n')}`)
    command.action(async (...given: unknown[]) => {
      const args = given
        .slice(0, -2)
        .flat()
        .filter((arg) => arg !== undefined) as string[]
      await run(spec, { args, flags: new Flags(command.opts()) })
    })
  }
  return program
}

const groupSummaries: Readonly<Record<string, string>> = {
  keys: 'CMKs: list, describe, create',
  local: 'an OSS and a KMS on this machine: start, stop, status, reset',
  config: 'the configuration file: set, get, unset, list, path',
}

function addOption(command: Command, [flags, description, repeat]: OptionSpec): void {
  if (repeat === undefined) command.option(flags, description)
  else command.option(flags, description, (value: string, before: string[] | undefined) => [...(before ?? []), value])
}

/** Errors are reported by us, in JSON too. */
function quietly(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .showHelpAfterError(false)
}
