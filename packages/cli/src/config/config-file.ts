import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { findTarget, readOwnFile, writePrivateFile } from 'osscrypt/files'
import { usageError } from '../command-error.js'
import { nonEmpty } from '../non-empty.js'
import { profileKey, type ProfileKey } from './profile-entries.js'

export type Profile = Readonly<Partial<Record<ProfileKey, string>>>
export type ConfigFile = Readonly<Record<string, Profile>>
type Environment = Readonly<Record<string, string | undefined>>

const MAX_LENGTH = 1024 * 1024

/** Where the configuration file is, unless --config says otherwise. */
export function configPath(env: Environment): string {
  if (env['OSSCRYPT_CONFIG']) return env['OSSCRYPT_CONFIG']
  return join(nonEmpty(env['XDG_CONFIG_HOME']) ?? join(homedir(), '.config'), 'osscrypt', 'config.toml')
}

/**
 * The profiles of a file; none when there is no file.
 *
 * @throws CommandError when it is not one, without quoting it; OsscryptError `UntrustedFile` when others can write it.
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  // Whoever can write it chooses the CMKs that data are encrypted under.
  const text = await readOwnFile(path, MAX_LENGTH, { followLinks: true })
  if (text === null) return {}
  const { parse, TomlError } = await import('smol-toml')
  let parsed: Record<string, unknown>
  try {
    parsed = parse(text)
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line})` : ''
    throw usageError(`${path} is not well-formed TOML${where}`)
  }
  return Object.fromEntries(Object.entries(parsed).map(([name, profile]) => [name, checkProfile(path, name, profile)]))
}

/** Writes a file that only the user may read, and all of it or nothing; where a link leads, if there is one. */
export async function writeConfig(path: string, config: ConfigFile): Promise<void> {
  const { stringify } = await import('smol-toml')
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const { path: target } = await findTarget(path)
  await writePrivateFile(target, `${stringify(config)}\n`)
}

function checkProfile(path: string, name: string, profile: unknown): Profile {
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) {
    throw usageError(`${path}: ${JSON.stringify(name)} is not in a profile`, 'a profile begins with [NAME]')
  }
  return Object.fromEntries(
    Object.entries(profile as Record<string, unknown>).map(([key, value]) => {
      const text: unknown = Array.isArray(value) ? value.join(',') : value
      if (typeof text !== 'string' && typeof text !== 'number') {
        throw usageError(`${path}: ${key} of ${JSON.stringify(name)} is not text`)
      }
      return [profileKey(key), String(text)]
    }),
  )
}
