import { Command, Option } from 'commander'
import { usageError } from './command-error.js'
import { cloudOptions, commonOptions } from './command-options.js'
import type { CommandSpec, OptionSpec } from './command-spec.js'
import { flagOf, Flags } from './flags.js'

/** A command that was named, and what it was given. */
type Run = (spec: CommandSpec, given: { readonly args: readonly string[]; readonly flags: Flags }) => Promise<void>

const groupSummaries: Readonly<Record<string, string>> = {
  jobs: 'whole buckets: audit, plan, encrypt, migrate, rewrap, verify, clean; over Redis: start, worker, status and others',
  keys: 'CMKs: list, describe, create',
  uploads: 'uploads in parts that were not finished: list, abort',
  local: 'an OSS and a KMS on this machine: start, stop, status, env, reset',
  config: 'the configuration file: init, set, get, unset, list, path',
}

/** The commands as commander knows them. `run` is called for the one that is named. */
export function createProgram(commands: readonly CommandSpec[], run: Run): Command {
  const program = quietly(new Command('osscrypt'))
    .description('Encrypted objects in Alibaba Cloud OSS: what is sent is encrypted here, what comes back is verified.')
    .usage('COMMAND [options]')
    .option('-V, --version', 'print the version')
    .helpCommand('help [command]', 'show this, or the help of a command')
    .addHelpText('after', '\n`osscrypt COMMAND --help` shows an example. Exit codes and all else: docs/CLI.md.')
  // What every command takes may stand before it, too.
  for (const option of [...cloudOptions, ...commonOptions]) program.addOption(optionOf(option).hideHelp())
  const parents = new Map<string, Command>()
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ')
    let parent = program
    if (second !== undefined) {
      parent = parents.get(first) ?? quietly(program.command(first)).description(groupSummaries[first] ?? '')
      parents.set(first, parent)
    }
    addCommand(parent, second ?? first, spec, run)
  }
  return program
}

function addCommand(parent: Command, name: string, spec: CommandSpec, run: Run): void {
  const takes = spec.parsedArgs ?? spec.args
  const command = quietly(parent.command(`${name}${takes === undefined ? '' : ` ${takes}`}`))
    .summary(spec.summary)
    .description(`${spec.summary}.${spec.details === undefined ? '' : `\n\n${spec.details}`}`)
  if (spec.parsedArgs !== undefined) command.usage(`[options] ${spec.args ?? ''}`)
  const add = (options: readonly OptionSpec[]) => options.forEach((option) => command.addOption(optionOf(option)))
  add(spec.options)
  command.optionsGroup('Where OSS and KMS are, and which keys:')
  if (spec.cloud) add(cloudOptions)
  command.optionsGroup('What is printed:')
  add(commonOptions)
  command.addHelpText('after', `\nExample:\n${spec.examples.map((line) => `  ${line}`).join('\n')}`)
  command.action(async (...given: unknown[]) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((arg) => arg !== undefined) as string[]
    const flags = command.optsWithGlobals<Record<string, unknown>>()
    const known = new Set(command.options.map((option) => option.attributeName()))
    const stray = Object.keys(flags).find((flag) => !known.has(flag) && flag !== 'version')
    if (stray !== undefined) throw usageError(`${spec.name} takes no ${flagOf(stray)}`)
    await run(spec, { args, flags: new Flags(flags) })
  })
}

function optionOf([flags, description, repeat]: OptionSpec): Option {
  const option = new Option(flags, description)
  return repeat === undefined
    ? option
    : option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
}

/** Errors are reported by us, in JSON too. */
function quietly(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (each) => `${each.name()} ${each.usage()}`.replace('[options] ', '') })
    .showHelpAfterError(false)
}
