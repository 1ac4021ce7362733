import type { SignedRequest } from '../store/presigned/presigned-store.js'
import { BrokerRefusal } from './broker-refusal.js'
import type { SignQuestion } from './broker-messages.js'
import type { CreateBrokerOptions } from './broker-options.js'
import { signUrl } from './sign-url.js'

/** Signs what was asked and authorized, and makes the source of a copy, which a page cannot name by itself. */
export async function signQuestion(
  { method, name, query, headers, copySource }: SignQuestion,
  { bucket, credentials, urlSeconds }: Pick<CreateBrokerOptions, 'bucket' | 'credentials'> & { urlSeconds: number },
): Promise<SignedRequest> {
  if (name === undefined) throw new BrokerRefusal(403)
  const own: Record<string, string> = {}
  if (copySource) {
    const path = copySource.name.split('/').map(encodeURIComponent).join('/')
    const version = copySource.versionId === undefined ? '' : `?versionId=${encodeURIComponent(copySource.versionId)}`
    own['x-oss-copy-source'] = `/${bucket.bucket}/${path}${version}`
  }
  const signer = typeof credentials === 'function' ? await credentials() : credentials
  const request = { method, name, query, headers: { ...headers, ...own } }
  return { url: await signUrl(bucket, signer, request, urlSeconds), headers: own }
}
