import { homedir } from 'node:os'
import { join } from 'node:path'
import { readOwnFile } from 'osscrypt/files'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { readLocalState } from '../local/local-state.js'
import { configPath, readConfig, type Profile, type ProfileKey } from './config-file.js'
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
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly kmsEndpoint: string | undefined
  readonly kmsCa: string | undefined
  readonly network: 'public' | 'vpc'
  readonly cmks: readonly string[]
  readonly format: string | undefined
  readonly jobs: string | undefined
  /** Undefined: the default chain of @alicloud/credentials. */
  readonly accessKey: AccessKey | undefined
  /** Whether this is the local cloud. */
  readonly isLocal: boolean
}

type Environment = CommandContext['env']

/** For each setting, the environment's names for it, the first that is set wins. */
const environmentNames: Readonly<Partial<Record<ProfileKey, readonly string[]>>> = {
  region: ['OSSCRYPT_REGION', 'OSS_REGION', 'ALIBABA_CLOUD_REGION_ID', 'ALIBABA_CLOUD_REGION'],
  endpoint: ['OSSCRYPT_ENDPOINT', 'OSS_ENDPOINT'],
  'kms-endpoint': ['OSSCRYPT_KMS_ENDPOINT', 'KMS_ENDPOINT'],
  'kms-ca': ['OSSCRYPT_KMS_CA'],
  network: ['OSSCRYPT_NETWORK'],
  cmk: ['OSSCRYPT_CMK', 'CMK_ARN'],
  format: ['OSSCRYPT_FORMAT'],
  jobs: ['OSSCRYPT_JOBS'],
}

/** @throws CommandError when something is missing or wrong. */
export async function readSettings({ flags, env }: Pick<CommandContext, 'flags' | 'env'>): Promise<Settings> {
  const name = flags.text('profile') ?? nonEmpty(env['OSSCRYPT_PROFILE']) ?? 'default'
  const path = flags.text('config') ?? configPath(env)
  const config = await readConfig(path)
  const profile: Profile | undefined = Object.hasOwn(config, name) ? config[name] : undefined
  if (!profile && name !== 'default' && name !== 'local') {
    throw usageError(`${path} has no profile ${JSON.stringify(name)}`, '`osscrypt config set` writes one')
  }
  const flagNames: Partial<Record<ProfileKey, string>> = {
    region: 'region',
    endpoint: 'endpoint',
    'kms-endpoint': 'kmsEndpoint',
  }
  const isLocal = name === 'local' || profile?.['local-folder'] !== undefined
  const setting = (key: ProfileKey): string | undefined => {
    const flag = flagNames[key]
    const given = flag === undefined ? undefined : flags.text(flag)
    // A profile for the local cloud was chosen to talk to it: what the environment says of the real one does not matter.
    const surrounding = isLocal ? [] : (environmentNames[key] ?? [])
    return given ?? surrounding.map((each) => env[each]).find(Boolean) ?? profile?.[key]
  }
  const network = setting('network') ?? 'public'
  if (network !== 'public' && network !== 'vpc') throw usageError('network is public or vpc')
  const ca = setting('kms-ca')
  const settings: Settings = {
    profile: name,
    region: setting('region'),
    endpoint: setting('endpoint'),
    kmsEndpoint: setting('kms-endpoint'),
    kmsCa: ca === undefined ? undefined : await readCertificate(ca),
    network,
    cmks: splitCmks(flags.list('cmk').length > 0 ? flags.list('cmk') : [setting('cmk') ?? '']),
    format: setting('format'),
    jobs: setting('jobs'),
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

function splitCmks(given: readonly string[]): readonly string[] {
  return given
    .flatMap((list) => list.split(','))
    .map((arn) => arn.trim())
    .filter((arn) => arn !== '')
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
