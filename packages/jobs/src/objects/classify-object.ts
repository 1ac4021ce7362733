import { FormatError, NotEncryptedError, ServiceError } from 'osscrypt'
import type { FormatName, OssEncryptionClient, UnverifiedHeadResult } from 'osscrypt/oss'
import { askOss } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import { heldFor, JOBS_PREFIX } from './listed-object.js'

/** What an object is, as its metadata says; of a `message-body`, its first bytes. A `symlink` has no content: whoever reads it reads another object. */
export type ObjectKind = FormatName | 'plain' | 'broken' | 'symlink'

/** What is to be said of an object beside its kind. */
export type Finding = 'unbound' | 'bound-elsewhere' | 'plaintext-md5' | 'plaintext-length'

/** What was found out about an object without reading it. None of it is verified. */
export interface Classification {
  readonly kind: ObjectKind
  readonly cmkArns: readonly string[]
  readonly findings: readonly Finding[]
}

type Headers = Readonly<Record<string, unknown>>

/** Names of metadata that are of an envelope: where the client finds none, and there are some of them, one is broken. */
const envelopeNames: readonly RegExp[] = [
  /^x-oss-meta-(x-oss-meta-)?(header|iv|authtag)$/,
  /^x-oss-meta-client-side-encryption-(key|start|cek-alg|wrap-alg)$/,
  /^x-oss-meta-oss-(crypto-key|crypto-start|cek-alg|wrap-alg)$/,
]

/** What OSS tells of more than it should, or less. */
const findings: readonly (readonly [Finding, (headers: Headers) => boolean])[] = [
  ['plaintext-md5', (headers) => Object.keys(headers).some((name) => name.endsWith('unencrypted-content-md5'))],
  ['plaintext-length', (headers) => Object.keys(headers).some((name) => name.endsWith('unencrypted-content-length'))],
]

/** How an object is looked at. */
export interface ClassifyOptions {
  readonly versionId?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const SYMLINK: Classification = { kind: 'symlink', cmkArns: [], findings: [] }

/**
 * Looks at an object's metadata and, where there is no envelope, at its first bytes: one request, two for `floe`, three for `plain`. KMS is not asked.
 */
export async function classifyObject(
  client: OssEncryptionClient,
  bucket: BucketClient,
  name: string,
  { signal, versionId }: ClassifyOptions = {},
): Promise<Classification> {
  let head: UnverifiedHeadResult
  try {
    head = await client.head(name, { allowLegacyFormats: true, versionId, signal })
  } catch (error) {
    if (error instanceof ServiceError && (await isSymlink(bucket, name, error, { signal, versionId }))) return SYMLINK
    if (!(error instanceof FormatError || error instanceof NotEncryptedError)) throw error
    // Of an object without any of it in its metadata, the first bytes were like those of a message, and are those of something else.
    const headers = await headersOf(bucket, name, signal, versionId)
    if (saysSymlink(headers)) return SYMLINK
    const isBroken = Object.keys(headers).some((field) => envelopeNames.some((pattern) => pattern.test(field)))
    return { kind: isBroken ? 'broken' : 'plain', cmkArns: [], findings: findingsOf(headers) }
  }
  if (saysSymlink(head.res.headers)) return SYMLINK
  const { format: kind } = head
  const { encryptionContext, cmkArns } = head.encryption
  const binding = kind === 'oss-sdk-ctr' ? [] : bindingOf(name, encryptionContext['osscrypt:object'])
  return { kind, cmkArns, findings: [...binding, ...findingsOf(head.res.headers)] }
}

/** What is to be said of the name that an object is bound to. What jobs hold is bound to the name that it is to have, or had. */
function bindingOf(name: string, boundTo: string | undefined): readonly Finding[] {
  if (boundTo === undefined) return ['unbound']
  return boundTo === name || (name.startsWith(JOBS_PREFIX) && boundTo === heldFor(name)) ? [] : ['bound-elsewhere']
}

function saysSymlink(headers: Headers): boolean {
  return headers['x-oss-object-type'] === 'Symlink'
}

/** Whether what cannot be read is a link: to what is not there, is a link itself, or is archived. OSS answers for the target of a link. */
async function isSymlink(
  bucket: BucketClient,
  name: string,
  { code }: ServiceError,
  { signal, versionId }: ClassifyOptions,
): Promise<boolean> {
  if (code !== 'NotFound' && code !== 'Rejected' && code !== 'Archived') return false
  const client = bucket as BucketClient & SymlinkClient
  const options = () => (versionId === undefined ? {} : { versionId })
  try {
    await askOss('GetSymlink', () => client.getSymlink(name, options()), { signal })
    return true
  } catch (error) {
    // That it was no link, was not there, or may not be asked for, is no news of the object.
    if (error instanceof ServiceError) return false
    throw error
  }
}

/** What the types of ali-oss leave out of its client. */
interface SymlinkClient {
  getSymlink(name: string, options: object): Promise<object>
}

/** An object's headers, in lower case. */
export async function headersOf(
  bucket: BucketClient,
  name: string,
  signal?: AbortSignal,
  versionId?: string,
): Promise<Record<string, string>> {
  const optionsOf = () => (versionId === undefined ? {} : { versionId })
  const { res } = await askOss('HeadObject', () => bucket.head(name, optionsOf()), { signal })
  return (res as { readonly headers: Record<string, string> }).headers
}

function findingsOf(headers: Headers): Finding[] {
  return findings.filter(([, fits]) => fits(headers)).map(([finding]) => finding)
}
