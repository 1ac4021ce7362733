import { CommandError } from '../command-error.js'
import type { CommandContext, CommandSpec, OptionSpec } from '../command-spec.js'
import { readConfig, writeConfig } from '../config/config-file.js'
import { checkValue, profileKey } from '../config/profile-entries.js'
import { profileOf, whichProfile, writeProfile } from '../config/write-profile.js'
import type { ExitName } from '../exit-codes.js'

const options: readonly OptionSpec[] = [
  ['--profile <name>', 'the profile (default `default`)'],
  ['--config <file>', 'the configuration file'],
]

export const configSet: CommandSpec = {
  name: 'config set',
  summary: 'write an entry of a profile',
  args: '<name> <value>',
  details: 'There is no place for credentials: they come from where the aliyun CLI and the SDKs have them.',
  cloud: false,
  options,
  examples: ['osscrypt config set region cn-hangzhou', 'osscrypt config set --profile work cmk "$NEW_CMK"'],
  run: set,
}

export const configGet: CommandSpec = {
  name: 'config get',
  summary: 'print an entry of a profile',
  args: '<name>',
  details: 'Exit code 3 when the profile has no such entry.',
  cloud: false,
  options,
  examples: ['osscrypt config get region'],
  run: get,
}

export const configUnset: CommandSpec = {
  name: 'config unset',
  summary: 'remove an entry of a profile',
  args: '<name>',
  cloud: false,
  options,
  examples: ['osscrypt config unset endpoint'],
  run: unset,
}

export const configList: CommandSpec = {
  name: 'config list',
  summary: 'print all profiles',
  cloud: false,
  options: options.slice(1),
  examples: ['osscrypt config list'],
  run: list,
}

export const configPathCommand: CommandSpec = {
  name: 'config path',
  summary: 'print where the configuration file is',
  cloud: false,
  options: options.slice(1),
  examples: ['osscrypt config path'],
  run: async (context) => {
    const { path } = whichProfile(context)
    context.report.answer({ type: 'config', path }, path)
    return 'ok'
  },
}

async function set(context: CommandContext): Promise<ExitName> {
  const [key = '', value = ''] = context.args
  checkValue(profileKey(key), value)
  const { name } = await writeProfile(context, { [profileKey(key)]: value })
  context.report.event({ type: 'config', profile: name, name: key, value }, `${name}: ${key} = ${value}`)
  return 'ok'
}

async function get(context: CommandContext): Promise<ExitName> {
  const { path, name } = whichProfile(context)
  const key = profileKey(context.args[0] ?? '')
  const value = profileOf(await readConfig(path), name)?.[key]
  if (value === undefined) throw new CommandError('notFound', 'NotFound', `profile ${name} has no ${key}`)
  context.report.answer({ type: 'config', profile: name, name: key, value }, value)
  return 'ok'
}

async function unset(context: CommandContext): Promise<ExitName> {
  const { path, name } = whichProfile(context)
  const key = profileKey(context.args[0] ?? '')
  const config = await readConfig(path)
  const { [key]: removed, ...rest } = profileOf(config, name) ?? {}
  if (removed !== undefined) await writeConfig(path, { ...config, [name]: rest })
  context.report.event(
    { type: 'config', profile: name, name: key, removed: removed !== undefined },
    `${name}: no ${key}`,
  )
  return 'ok'
}

async function list(context: CommandContext): Promise<ExitName> {
  for (const [profile, entries] of Object.entries(await readConfig(whichProfile(context).path))) {
    for (const [name, value] of Object.entries(entries)) {
      context.report.answer({ type: 'config', profile, name, value }, `${profile}  ${name} = ${value}`)
    }
  }
  return 'ok'
}
