import type { FormatName } from 'osscrypt/oss'
import { usageError } from '../command-error.js'

/** An entry of a profile: what it is for, what the environment calls it, and what is no value of it. */
interface ProfileEntry {
  readonly description: string
  /** The first that is set wins. */
  readonly environment: readonly string[]
  /** Whether it says where, or with which keys: what the environment says of the real cloud does not hold for the local one. */
  readonly ofCloud: boolean
  /** What is wrong with a value; undefined when nothing is. */
  problem(value: string): string | undefined
}

const REGION = /^(?=.{4,32}$)[a-z]+(-[a-z0-9]+)+$/
const ARN = /^acs:kms:[a-z0-9-]{2,32}:\d{1,32}:(key|alias)\/\S{1,256}$/
const DISCOVERY = /^\d{1,32}\/[a-z0-9-]{2,32}$/

/** The formats that can be read; the type keeps it whole. */
const FORMATS: Readonly<Record<FormatName, true>> = {
  gcm: true,
  floe: true,
  'message-body': true,
  'oss-sdk-ctr': true,
}

/** What a profile may hold. There is no place for a secret among it. */
export const profileEntries = {
  region: entry(
    'region of the buckets',
    ['OSSCRYPT_REGION', 'OSS_REGION', 'ALIBABA_CLOUD_REGION_ID', 'ALIBABA_CLOUD_REGION'],
    {
      ofCloud: true,
      problem: unless(matches(REGION), 'is no region, such as cn-hangzhou'),
    },
  ),
  endpoint: entry('URL of OSS, if not at its public address', ['OSSCRYPT_ENDPOINT', 'OSS_ENDPOINT'], {
    ofCloud: true,
    problem: unless(
      isEndpoint,
      'is no address: give a host name or https://HOST, such as oss-cn-hangzhou.aliyuncs.com',
    ),
  }),
  'kms-endpoint': entry('URL of KMS, if not at its public address', ['OSSCRYPT_KMS_ENDPOINT', 'KMS_ENDPOINT'], {
    ofCloud: true,
    problem: unless(isEndpoint, 'is no address: give a host name or https://HOST'),
  }),
  'kms-ca': entry('file with the PEM certificate of a KMS instance', ['OSSCRYPT_KMS_CA'], { ofCloud: true }),
  network: entry('public, or vpc inside a VPC', ['OSSCRYPT_NETWORK'], {
    ofCloud: true,
    problem: unless(matches(/^(public|vpc)$/), 'is neither public nor vpc'),
  }),
  cmk: entry(
    'ARN of the CMK that is written under, and read with; several with commas between them',
    ['OSSCRYPT_CMK', 'CMK_ARN'],
    {
      ofCloud: true,
      problem: unless(each(matches(ARN)), 'is no ARN of a CMK: acs:kms:REGION:ACCOUNT:key/ID'),
    },
  ),
  'read-cmk': entry('ARNs of further CMKs that are read with, such as those of before', ['OSSCRYPT_READ_CMK'], {
    ofCloud: true,
    problem: unless(each(matches(ARN)), 'is no ARN of a CMK: acs:kms:REGION:ACCOUNT:key/ID'),
  }),
  discover: entry(
    'ACCOUNT/REGION: any CMK there is read with; several with commas between them',
    ['OSSCRYPT_DISCOVER'],
    {
      ofCloud: true,
      problem: unless(each(matches(DISCOVERY)), 'is not ACCOUNT/REGION'),
    },
  ),
  'rsa-key': entry(
    'file with an RSA key, in place of CMKs; several with commas between them',
    ['OSSCRYPT_RSA_KEY'],
    {},
  ),
  format: entry('gcm, floe or message-body, for new objects', ['OSSCRYPT_FORMAT'], {
    problem: unless(matches(/^(gcm|floe|message-body)$/), 'is none of gcm, floe and message-body'),
  }),
  formats: entry('the formats that are read; all, if it is not set', ['OSSCRYPT_FORMATS'], {
    problem: unless(
      each((name) => Object.hasOwn(FORMATS, name)),
      `is no list of formats, such as floe,gcm: there are ${Object.keys(FORMATS).join(', ')}`,
    ),
  }),
  jobs: entry('how many objects are on their way at once', ['OSSCRYPT_JOBS'], {
    problem: unless(
      (value) => /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 256,
      'is no number from 1 to 256',
    ),
  }),
  'temporary-folder': entry(
    'folder for ciphertext that is held until it is verified',
    ['OSSCRYPT_TEMPORARY_FOLDER'],
    {},
  ),
  'local-folder': entry('folder of the local cloud; with it, the profile talks to that', [], {}),
} as const satisfies Readonly<Record<string, ProfileEntry>>

export type ProfileKey = keyof typeof profileEntries

/** @throws CommandError when a profile has no such entry. */
export function profileKey(name: string): ProfileKey {
  if (Object.hasOwn(profileEntries, name)) return name as ProfileKey
  if (/secret|access-?key|token|password|credential/i.test(name)) {
    throw usageError(
      'credentials do not belong into the configuration file',
      'they come from the environment, the aliyun CLI’s profile, ~/.alibabacloud/credentials or the ECS RAM role',
    )
  }
  throw usageError(`a profile has no ${JSON.stringify(name)}`, `it takes ${Object.keys(profileEntries).join(', ')}`)
}

/** @throws CommandError for a value that is none; `where` says what was read. */
export function checkValue(key: ProfileKey, value: string, where: string = key): string {
  const problem = profileEntries[key].problem(value)
  if (problem !== undefined) throw usageError(`${where}: ${JSON.stringify(value)} ${problem}`)
  return value
}

/** What stands between commas. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function entry(
  description: string,
  environment: readonly string[],
  {
    ofCloud = false,
    problem = unless((value) => value !== '', 'is empty'),
  }: Partial<Pick<ProfileEntry, 'ofCloud' | 'problem'>>,
): ProfileEntry {
  return { description, environment, ofCloud, problem }
}

type Test = (value: string) => boolean

function unless(isRight: Test, problem: string) {
  return (value: string) => (isRight(value) ? undefined : problem)
}

function matches(pattern: RegExp): Test {
  return (value) => pattern.test(value)
}

function each(isRight: Test): Test {
  return (value) => splitList(value).length > 0 && splitList(value).every(isRight)
}

function isEndpoint(value: string): boolean {
  const text = value.includes('://') ? value : `https://${value}`
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
