import type { SignAnswer, SignQuestion } from './broker-messages.js'
import type { BrokerGrant, BrokerSettings } from './broker-options.js'
import { BrokerRefusal } from './broker-refusal.js'
import { percentEncodePath, signUrl } from './sign-url.js'

/** The least bytes of all parts but the last. */
const MIN_PART_LENGTH = 100 * 1024

const OWN_ACLS = ['private', 'default']

/**
 * Asserts that what is uploaded, and how it is readable then, is within the grant.
 *
 * @throws BrokerRefusal `grant`.
 */
export function assertWithinGrant({ query, headers, contentLength }: SignQuestion, grant: BrokerGrant): void {
  const { maxUploadLength: most = Infinity, objectAcls = OWN_ACLS } = grant
  const mostParts = Math.max(1, Math.ceil(most / MIN_PART_LENGTH))
  const acl = headers['x-oss-object-acl']
  const fits =
    (contentLength ?? 0) <= most &&
    Number(query['partNumber'] ?? 1) <= mostParts &&
    (acl === undefined || objectAcls.includes(acl))
  if (!fits) throw new BrokerRefusal('grant')
}

/** Signs what was asked and authorized, and makes the source of a copy, which a page cannot name by itself. */
export async function signQuestion(
  { method, name = '', query, headers, contentLength, copySource }: SignQuestion,
  { bucket, credentials, urlSeconds }: Pick<BrokerSettings, 'bucket' | 'credentials' | 'urlSeconds'>,
): Promise<SignAnswer> {
  const own: Record<string, string> = {}
  if (copySource) {
    const version = copySource.versionId === undefined ? '' : `?versionId=${encodeURIComponent(copySource.versionId)}`
    own['x-oss-copy-source'] = `/${bucket.bucket}/${percentEncodePath(copySource.name)}${version}`
  }
  const length = contentLength === undefined ? {} : { 'content-length': String(contentLength) }
  const request = { method, name, query, headers: { ...headers, ...length, ...own } }
  const signer = typeof credentials === 'function' ? await credentials() : credentials
  return { url: await signUrl(bucket, signer, request, urlSeconds), headers: own }
}
