import { FormatError, NotEncryptedError } from 'osscrypt'
import type { OssEncryptionClient, UnverifiedHeadResult } from 'osscrypt/oss'
import { askOss } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'

/** What an object is, as its metadata says. `oss-sdk-v1` is what oss2 for Python wrote before 2.11, which nobody reads here. */
export type ObjectKind = 'plain' | 'gcm' | 'floe' | 'oss-sdk-ctr' | 'oss-sdk-v1' | 'broken'

/** What is to be said of an object beside its kind. */
export type Finding = 'unbound' | 'plaintext-md5' | 'plaintext-length'

/** What was found out about an object without reading it. None of it is verified. */
export interface Classification {
  readonly kind: ObjectKind
  readonly cmkArns: readonly string[]
  readonly findings: readonly Finding[]
}

type Headers = Readonly<Record<string, unknown>>

const CSE = 'x-oss-meta-client-side-encryption-'

/** What stands in the metadata of objects that the client does not know to be encrypted: the first row that fits. */
const unknownKinds: readonly (readonly [kind: ObjectKind, fits: (headers: Headers) => boolean])[] = [
  ['oss-sdk-v1', (headers) => 'x-oss-meta-oss-crypto-key' in headers],
  // Some of an envelope, and not what makes one.
  ['broken', (headers) => Object.keys(headers).some((name) => name.startsWith(CSE) || isForm3(name))],
  ['plain', () => true],
]

/** What OSS tells of more than it should, or less. */
const findings: readonly (readonly [Finding, (headers: Headers) => boolean])[] = [
  ['plaintext-md5', (headers) => Object.keys(headers).some((name) => name.endsWith('unencrypted-content-md5'))],
  ['plaintext-length', (headers) => Object.keys(headers).some((name) => name.endsWith('unencrypted-content-length'))],
]

/** Looks at an object's metadata: one request, and one more for `floe`. KMS is not asked. */
export async function classifyObject(
  client: OssEncryptionClient,
  bucket: BucketClient,
  name: string,
  signal?: AbortSignal,
): Promise<Classification> {
  let head: UnverifiedHeadResult
  try {
    head = await client.head(name, { allowLegacyFormats: true, signal })
  } catch (error) {
    const isBroken = error instanceof FormatError
    if (!isBroken && !(error instanceof NotEncryptedError)) throw error
    const headers = await headersOf(bucket, name, signal)
    const [kind] = unknownKinds.find(([, fits]) => fits(headers)) ?? ['plain' as const]
    return { kind: isBroken ? 'broken' : kind, cmkArns: [], findings: findingsOf(headers) }
  }
  const { algorithm, encryptionContext, cmkArns } = head.encryption
  const kind = kindOf(algorithm)
  const isUnbound = kind !== 'oss-sdk-ctr' && !Object.hasOwn(encryptionContext, 'osscrypt:object')
  return { kind, cmkArns, findings: [...(isUnbound ? ['unbound' as const] : []), ...findingsOf(head.res.headers)] }
}

/** An object's headers, in lower case. */
export async function headersOf(
  bucket: BucketClient,
  name: string,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const { res } = await askOss('HeadObject', () => bucket.head(name), { signal })
  return (res as { readonly headers: Record<string, string> }).headers
}

function kindOf(algorithm: string): ObjectKind {
  if (algorithm === 'FLOE') return 'floe'
  return algorithm.startsWith('OSS_SDK') ? 'oss-sdk-ctr' : 'gcm'
}

function isForm3(name: string): boolean {
  return /^x-oss-meta-(x-oss-meta-)?(header|iv|authtag)$/.test(name)
}

function findingsOf(headers: Headers): Finding[] {
  return findings.filter(([, fits]) => fits(headers)).map(([finding]) => finding)
}
