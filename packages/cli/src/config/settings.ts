import { homedir } from 'node:os'
import { join } from 'node:path'
import { readOwnFile } from 'osscrypt/files'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { readLocalState } from '../local/local-state.js'
import { configPath, readConfig, type Profile } from './config-file.js'
import { checkValue, profileEntries, splitList, type ProfileKey } from './profile-entries.js'
import { nonEmpty } from '../non-empty.js'

/** An access key, with the STS token that belongs to it. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | undefined
}

/** Where OSS and KMS are and how they are talked to: from flags, then the environment, then the profile. */
export interface Settings {
  readonly profile: string
  /** The configuration file, whether there is one or not. */
  readonly file: string
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly kmsEndpoint: string | undefined
  readonly kmsCa: string | undefined
  readonly network: 'public' | 'vpc'
  /** What is written under, and read with. */
  readonly cmks: readonly string[]
  /** What is read with, too. */
  readonly readCmks: readonly string[]
  /** ACCOUNT/REGION: any CMK there is read with. */
  readonly discover: readonly string[]
  /** Files with RSA keys, which are read with. */
  readonly rsaKeys: readonly string[]
  readonly rsaPassphrase: string | undefined
  /** What is written under: the RSA keys where there are some, unless a CMK was named beside them. */
  readonly writesUnder: 'cmk' | 'rsa'
  readonly format: string | undefined
  /** The formats that are read, with commas between them; all when undefined. */
  readonly formats: string | undefined
  readonly jobs: string | undefined
  readonly temporaryFolder: string | undefined
  /** Undefined: the default chain of @alicloud/credentials. */
  readonly accessKey: AccessKey | undefined
  /** Whether this is the local cloud. */
  readonly isLocal: boolean
}

type Environment = CommandContext['env']

/** @throws CommandError when something is missing or wrong. */
export async function readSettings({ flags, env }: Pick<CommandContext, 'flags' | 'env'>): Promise<Settings> {
  const name = flags.text('profile') ?? nonEmpty(env['OSSCRYPT_PROFILE']) ?? 'default'
  const path = flags.text('config') ?? configPath(env)
  const config = await readConfig(path)
  const profile: Profile | undefined = Object.hasOwn(config, name) ? config[name] : undefined
  if (!profile && name !== 'default' && name !== 'local') {
    throw usageError(`${path} has no profile ${JSON.stringify(name)}`, '`osscrypt config set` writes one')
  }
  const isLocal = name === 'local' || profile?.['local-folder'] !== undefined
  const setting = (key: ProfileKey, flag?: string): string | undefined => {
    const given = flag === undefined ? undefined : flags.text(flag)
    if (given !== undefined) return checkValue(key, given, `--${key}`)
    const { environment, ofCloud } = profileEntries[key]
    // A profile for the local cloud was chosen to talk to it: what the environment says of the real one does not matter.
    const variable = isLocal && ofCloud ? undefined : environment.find((each) => env[each])
    if (variable !== undefined) return checkValue(key, env[variable] ?? '', variable)
    const written = profile?.[key]
    return written === undefined ? undefined : checkValue(key, written, `${path}, ${key} of ${name}`)
  }
  const settingList = (key: ProfileKey, flag: string): readonly string[] => {
    const given = flags.list(flag)
    return splitList(given.length > 0 ? checkValue(key, given.join(','), `--${key}`) : (setting(key) ?? ''))
  }
  const ca = setting('kms-ca')
  const named = flags.list('rsaKey')
  const rsaKeys = named.length > 0 ? named : splitList(setting('rsa-key') ?? '')
  const settings: Settings = {
    profile: name,
    file: path,
    region: setting('region', 'region'),
    endpoint: setting('endpoint', 'endpoint'),
    kmsEndpoint: setting('kms-endpoint', 'kmsEndpoint'),
    kmsCa: ca === undefined ? undefined : await readCertificate(ca),
    network: setting('network') === 'vpc' ? 'vpc' : 'public',
    cmks: settingList('cmk', 'cmk'),
    readCmks: settingList('read-cmk', 'readCmk'),
    discover: settingList('discover', 'discover'),
    rsaKeys,
    rsaPassphrase: nonEmpty(env['OSSCRYPT_RSA_PASSPHRASE']),
    writesUnder: rsaKeys.length > 0 && flags.list('cmk').length === 0 ? 'rsa' : 'cmk',
    format: setting('format'),
    formats: setting('formats', 'formats'),
    jobs: setting('jobs'),
    temporaryFolder: setting('temporary-folder', 'temporaryFolder'),
    accessKey: accessKeyOf(env),
    isLocal,
  }
  return isLocal ? withLocalCloud(settings, localFolder(env, profile)) : settings
}

const MAX_CERTIFICATE_LENGTH = 1024 * 1024

async function readCertificate(path: string): Promise<string> {
  const text = await readOwnFile(path, MAX_CERTIFICATE_LENGTH, { followLinks: true })
  if (text === null) throw usageError(`there is no file ${path} with the certificate of KMS`)
  return text
}

/** The folder of the local cloud, unless --folder says otherwise. */
export function localFolder(env: Environment, profile?: Profile): string {
  return (
    nonEmpty(env['OSSCRYPT_LOCAL_FOLDER']) ??
    profile?.['local-folder'] ??
    join(nonEmpty(env['XDG_DATA_HOME']) ?? join(homedir(), '.local', 'share'), 'osscrypt', 'local')
  )
}

/** ossutil's names, where the library's own are not set: those, and everything else, are the chain's to find. */
function accessKeyOf(env: Environment): AccessKey | undefined {
  const {
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
    OSS_SESSION_TOKEN,
    OSS_STS_TOKEN,
  } = env
  if (env['ALIBABA_CLOUD_ACCESS_KEY_ID'] || !accessKeyId || !accessKeySecret) return undefined
  return { accessKeyId, accessKeySecret, securityToken: nonEmpty(OSS_SESSION_TOKEN) ?? nonEmpty(OSS_STS_TOKEN) }
}

async function withLocalCloud(settings: Settings, folder: string): Promise<Settings> {
  const state = await readLocalState(folder)
  if (!state) throw usageError('the local cloud does not run', '`osscrypt local start` starts it')
  return {
    ...settings,
    region: settings.region ?? state.region,
    endpoint: settings.endpoint ?? state.ossEndpoint,
    kmsEndpoint: settings.kmsEndpoint ?? state.kmsEndpoint,
    cmks: settings.cmks.length > 0 ? settings.cmks : [state.cmk],
    accessKey: state.accessKey,
  }
}
