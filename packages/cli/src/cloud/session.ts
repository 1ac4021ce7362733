import OSS from 'ali-oss'
import { fullJitter, OpenApiKmsClient, type OpenApiKmsClientOptions, type RetryPolicy } from 'osscrypt'
import { OssEncryptionClient, type FormatName, type ObjectStore } from 'osscrypt/oss'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { splitList } from '../config/profile-entries.js'
import { describePlaces } from '../config/describe-places.js'
import { readSettings, type AccessKey, type Settings } from '../config/settings.js'
import { credentialsOf } from './credentials.js'
import { CommandDataKeys } from './data-keys.js'
import { readRsaKeys } from './rsa-keys.js'

/** OSS and KMS as one call of the command uses them. */
export interface Session {
  readonly settings: Settings
  readonly kms: OpenApiKmsClientOptions
  readonly retry: RetryPolicy
  readonly dataKeys: CommandDataKeys
  /** ali-oss itself, for what the library does not do: listing, buckets. */
  rawStore(bucket?: string): Promise<OSS>
  /** The encrypting client of a bucket. */
  client(bucket: string): Promise<OssEncryptionClient>
  /** An encrypting client of another store. */
  clientOf(store: ObjectStore): OssEncryptionClient
}

/** An upload or download may take an hour; one that stands still is ended by the library much sooner. */
const REQUEST_TIMEOUT_MS = 3_600_000

/** Nothing is asked of OSS or KMS yet. */
export async function openSession(context: CommandContext): Promise<Session> {
  const { flags, report } = context
  const settings = await readSettings(context)
  report.talkTo(describePlaces(settings))
  const policy = fullJitter({ maxAttempts: 1 + (flags.number('retries', 0, 100) ?? 4) })
  const retry = {
    ...policy,
    delayMs: (attempt: number) => {
      report.progress.retried()
      return policy.delayMs(attempt)
    },
  }
  const timeoutMs = (flags.number('timeout', 1, 86_400) ?? 0) * 1000 || undefined
  const credentials = credentialsOf(settings)
  const kms: OpenApiKmsClientOptions = {
    credentials,
    endpoint: settings.kmsEndpoint,
    network: settings.network,
    timeoutMs,
    ...(settings.kmsCa === undefined ? {} : { ca: settings.kmsCa }),
  }
  const rsa = await readRsaKeys(settings)
  const dataKeys = new CommandDataKeys(settings, { kms: new OpenApiKmsClient(kms), retry }, rsa)
  const rawStore = remember(async (bucket) => new OSS(ossOptions(settings, bucket, await credentials(), credentials)))
  const clientOf = (store: OSS | ObjectStore) =>
    new OssEncryptionClient({
      store,
      dataKeys,
      retry,
      idleTimeoutMs: timeoutMs,
      temporaryFolder: settings.temporaryFolder,
      formats: settings.formats === undefined ? undefined : (splitList(settings.formats) as FormatName[]),
    })
  const client = remember(async (bucket) => clientOf(await rawStore(bucket)))
  return { settings, kms, retry, dataKeys, rawStore: (bucket = '') => rawStore(bucket), client, clientOf }
}

/** One client for each bucket. */
function remember<Client>(make: (bucket: string) => Promise<Client>): (bucket: string) => Promise<Client> {
  const made = new Map<string, Promise<Client>>()
  return (bucket) => {
    const known = made.get(bucket) ?? make(bucket)
    made.set(bucket, known)
    return known
  }
}

function ossOptions(
  { region, endpoint, network, isLocal }: Settings,
  bucket: string,
  { accessKeyId, accessKeySecret, securityToken }: AccessKey,
  refresh: () => Promise<AccessKey>,
): OSS.Options {
  if (region === undefined && endpoint === undefined) {
    throw usageError('no region', 'give --region, OSS_REGION or `osscrypt config set region REGION`')
  }
  const url = endpoint === undefined ? undefined : endpointUrl(endpoint)
  const options: OSS.Options & { readonly authorizationV4: boolean; readonly sldEnable?: boolean } = {
    accessKeyId,
    accessKeySecret,
    ...(securityToken === undefined ? {} : { stsToken: securityToken, refreshSTSToken: refreshToken(refresh) }),
    ...(bucket === '' ? {} : { bucket }),
    ...(region === undefined ? {} : { region: region.startsWith('oss-') ? region : `oss-${region}` }),
    ...(url === undefined ? {} : { endpoint: url.href.replace(/\/$/, '') }),
    ...(isLocal || isLoopback(url) ? { sldEnable: true } : {}),
    internal: network === 'vpc',
    secure: url?.protocol !== 'http:',
    authorizationV4: region !== undefined,
    timeout: REQUEST_TIMEOUT_MS,
  }
  return options
}

/** Where OSS is, and whether buckets stand in its path there. */
export function ossAddress({ region = '', endpoint, network, isLocal }: Settings): {
  readonly url: URL
  readonly inPath: boolean
} {
  if (endpoint !== undefined) {
    const url = endpointUrl(endpoint)
    return { url, inPath: isLocal || isLoopback(url) }
  }
  const internal = network === 'vpc' ? '-internal' : ''
  return { url: new URL(`https://oss-${region.replace(/^oss-/, '')}${internal}.aliyuncs.com`), inPath: false }
}

/** A number takes no subdomains. */
function isLoopback(url: URL | undefined): boolean {
  return url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

function endpointUrl(endpoint: string): URL {
  const text = endpoint.includes('://') ? endpoint : `https://${endpoint}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(
      'the endpoint of OSS is not an address',
      'give a host name or https://HOST, such as oss-cn-hangzhou.aliyuncs.com',
    )
  }
  return url
}

function refreshToken(refresh: () => Promise<AccessKey>) {
  return async () => {
    const { accessKeyId, accessKeySecret, securityToken = '' } = await refresh()
    return { accessKeyId, accessKeySecret, stsToken: securityToken }
  }
}
