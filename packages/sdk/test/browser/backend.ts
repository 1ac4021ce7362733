import OSS from 'ali-oss'
import { OpenApiKmsClient, type KmsClient } from 'osscrypt'
import { corsRule, type RequestToSign } from 'osscrypt/oss'
import type { LocalCloud } from 'osscrypt-local'
import { BUCKET } from '../support/cloud-fixture.js'
import { signV1, urlOf } from '../support/sign-oss.js'

/** Lets pages of any origin work with the bucket. */
export async function allowPages(cloud: LocalCloud): Promise<void> {
  const { allowedOrigin, allowedMethod, allowedHeader, exposeHeader } = corsRule(['*'], ['colour'])
  const rule = {
    allowedOrigin: [...allowedOrigin],
    allowedMethod: [...allowedMethod],
    allowedHeader: [...allowedHeader],
    exposeHeader: [...exposeHeader],
  }
  await new OSS(cloud.ossOptions(BUCKET)).putBucketCORS(BUCKET, [rule])
}

/** What a page's backend does for it: it has the credentials. */
export function pageBackend(cloud: LocalCloud) {
  const kms = new OpenApiKmsClient(cloud.kmsOptions())
  return {
    sign: (request: RequestToSign) => signUrl(cloud, request),
    kms: async ({ operation, request }: { operation: keyof KmsClient; request: string }) =>
      encode(await kms[operation](decode(request) as never)),
  }
}

function signUrl(cloud: LocalCloud, { method, name, query, headers, copySource }: RequestToSign) {
  const own = copySource && {
    'x-oss-copy-source': `/${BUCKET}/${copySource.name.split('/').map(encodeURIComponent).join('/')}`,
  }
  const expires = String(Math.floor(Date.now() / 1000) + 60)
  const request = { method, bucket: BUCKET, name, query, headers: { ...headers, ...own } }
  const { accessKeyId: OSSAccessKeyId, accessKeySecret } = cloud.credentials
  const Signature = signV1(accessKeySecret, request, expires)
  return { url: urlOf(cloud.oss.endpoint, request, { Expires: expires, OSSAccessKeyId, Signature }), headers: own }
}

/** JSON in which bytes are base64, as in `objects-page.mjs`. */
function encode(value: object): string {
  return JSON.stringify(value, (_name, each: unknown) => {
    const bytes = each as { readonly type?: unknown; readonly data?: readonly number[] } | null
    if (each instanceof Uint8Array) return { base64: Buffer.from(each).toString('base64') }
    return bytes?.type === 'Buffer' && bytes.data ? { base64: Buffer.from(bytes.data).toString('base64') } : each
  })
}

function decode(text: string): unknown {
  return JSON.parse(text, (_name, each: unknown) => {
    const { base64 } = (each ?? {}) as { readonly base64?: string }
    return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : each
  })
}
