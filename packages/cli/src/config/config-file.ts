import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { findTarget, readOwnFile, writePrivateFile } from 'osscrypt/files'
import { CommandError, usageError } from '../command-error.js'
import { nonEmpty } from '../non-empty.js'

/** What a profile may hold. There is no place for a secret among it. */
export const profileKeys = {
  region: 'region of the buckets',
  endpoint: 'URL of OSS, if not at its public address',
  'kms-endpoint': 'URL of KMS, if not at its public address',
  'kms-ca': 'file with the PEM certificate of a KMS instance',
  network: 'public, or vpc inside a VPC',
  cmk: 'ARN of the CMK that new objects are put under; several with commas between them',
  format: 'gcm or floe, for new objects',
  jobs: 'how many objects are on their way at once',
  'local-folder': 'folder of the local cloud; with it, the profile talks to that',
} as const

export type ProfileKey = keyof typeof profileKeys
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

/** @throws CommandError when a profile has no such entry. */
export function profileKey(name: string): ProfileKey {
  if (Object.hasOwn(profileKeys, name)) return name as ProfileKey
  if (/secret|access-?key|token|password|credential/i.test(name)) {
    throw new CommandError(
      'usage',
      'Usage',
      'credentials do not belong into the configuration file',
      'they come from the environment, the aliyun CLI’s profile, ~/.alibabacloud/credentials or the ECS RAM role',
    )
  }
  throw usageError(`a profile has no ${JSON.stringify(name)}`, `it takes ${Object.keys(profileKeys).join(', ')}`)
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
