import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { nonEmpty } from '../non-empty.js'
import { configPath, readConfig, writeConfig, type ConfigFile, type Profile } from './config-file.js'

/** Where the configuration file is, and which profile of it is meant. */
export function whichProfile({ flags, env }: Pick<CommandContext, 'flags' | 'env'>): {
  readonly path: string
  readonly name: string
} {
  return {
    path: flags.text('config') ?? configPath(env),
    name: flags.text('profile') ?? nonEmpty(env['OSSCRYPT_PROFILE']) ?? 'default',
  }
}

/** Writes entries of a profile; its other entries stay. */
export async function writeProfile(
  context: Pick<CommandContext, 'flags' | 'env'>,
  entries: Profile,
): Promise<{ readonly path: string; readonly name: string }> {
  const { path, name } = whichProfile(context)
  // What cannot be seen, or is taken for something else, nobody finds again.
  if (!/^[^\s\p{C}]{1,64}$/u.test(name)) throw usageError(`${JSON.stringify(name)} is no name of a profile`)
  const config = await readConfig(path)
  await writeConfig(path, { ...config, [name]: { ...profileOf(config, name), ...entries } })
  return { path, name }
}

export function profileOf(config: ConfigFile, name: string): Profile | undefined {
  return Object.hasOwn(config, name) ? config[name] : undefined
}
