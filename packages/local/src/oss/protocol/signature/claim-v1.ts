import { createHmac } from 'node:crypto'
import { OssError } from '../error/oss-error.js'
import type { Target } from '../request/target.js'
import { checkSkew, denied, utf8AsLatin1, type SignatureClaim, type SignedRequest } from './signed-request.js'
import { isSignedParameter } from './signed-parameters.js'

/** Reads an `Authorization: OSS id:signature` header. */
export function readHeaderV1(request: SignedRequest, authorization: string): SignatureClaim {
  const [, accessKeyId, signature] = /^OSS ([^:]+):(.+)$/.exec(authorization) ?? []
  if (accessKeyId === undefined || signature === undefined) {
    throw new OssError('InvalidArgument', { message: 'Authorization header is invalid.' })
  }
  const date = request.headers.get('x-oss-date') ?? request.headers.get('date') ?? ''
  return {
    accessKeyId,
    signature,
    securityToken: request.headers.get('x-oss-security-token'),
    stringToSign: (target) => stringToSign(request, date, target, isSignedParameter),
    newerStringToSign: (target) => stringToSign(request, date, target, () => true),
    sign: ({ accessKeySecret }, text) => hmacSha1(accessKeySecret, text),
    checkTime: (nowMs) => {
      const dateMs = Date.parse(date)
      if (Number.isNaN(dateMs)) throw denied('OSS authentication requires a valid Date.')
      checkSkew(dateMs, nowMs)
    },
  }
}

/** Reads the parameters `OSSAccessKeyId`, `Expires` and `Signature` of a presigned URL. */
export function readQueryV1(request: SignedRequest): SignatureClaim {
  const { query } = request
  const accessKeyId = query.get('OSSAccessKeyId')
  const expires = query.get('Expires')
  const signature = query.get('Signature')
  if (accessKeyId === undefined || expires === undefined || signature === undefined) {
    throw denied('Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters')
  }
  return {
    accessKeyId,
    signature,
    securityToken: query.get('security-token'),
    stringToSign: (target) => stringToSign(request, expires, target, isSignedParameter),
    newerStringToSign: (target) => stringToSign(request, expires, target, isNoneOfSignature),
    sign: ({ accessKeySecret }, text) => hmacSha1(accessKeySecret, text),
    checkTime: (nowMs) => {
      if (!/^\d{1,12}$/.test(expires)) throw denied('Invalid date (should be seconds since epoch).')
      if (nowMs > Number(expires) * 1000) throw denied('Request has expired.')
    },
  }
}

function isNoneOfSignature(parameter: string): boolean {
  return !['OSSAccessKeyId', 'Expires', 'Signature'].includes(parameter)
}

function hmacSha1(secret: string, text: string): string {
  return createHmac('sha1', secret).update(text, 'latin1').digest('base64')
}

/** VERB, Content-MD5, Content-Type, date, the `x-oss-` headers and the resource, each on its line. */
function stringToSign(
  { method, headers, query }: SignedRequest,
  date: string,
  target: Target,
  isSigned: (parameter: string) => boolean,
): string {
  const ossHeaders = [...headers]
    .filter(([name]) => name.startsWith('x-oss-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}`)
  const lines = [method, headers.get('content-md5') ?? '', headers.get('content-type') ?? '', date, ...ossHeaders]
  return [...lines, utf8AsLatin1(canonicalResource(query, target, isSigned))].join('\n')
}

function canonicalResource(
  query: SignedRequest['query'],
  { bucketName, key }: Target,
  isSigned: (parameter: string) => boolean,
): string {
  const resource = bucketName === '' ? '/' : `/${bucketName}/${key}`
  const parameters = [...query]
    .filter(([name]) => isSigned(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  return parameters.length === 0 ? resource : `${resource}?${parameters.join('&')}`
}
