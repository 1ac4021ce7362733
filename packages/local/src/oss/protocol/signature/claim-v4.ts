import { createHash, createHmac } from 'node:crypto'
import type { AccessKey } from '../../../http/service.js'
import { OssError } from '../error/oss-error.js'
import type { Target } from '../request/target.js'
import { percentEncode } from './percent-encode.js'
import { checkSkew, denied, type SignatureClaim, type SignedRequest } from './signed-request.js'

export const ALGORITHM_V4 = 'OSS4-HMAC-SHA256'
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600

/** Reads an `Authorization: OSS4-HMAC-SHA256 Credential=...,AdditionalHeaders=...,Signature=...` header. */
export function readHeaderV4(
  request: SignedRequest,
  authorization: string,
  region: string | undefined,
): SignatureClaim {
  const fields = new Map<string, string>()
  for (const field of authorization.slice(ALGORITHM_V4.length).split(',')) {
    const at = field.indexOf('=')
    fields.set(field.slice(0, at).trim(), field.slice(at + 1).trim())
  }
  const credential = fields.get('Credential')
  const signature = fields.get('Signature')
  const known = ['Credential', 'AdditionalHeaders', 'Signature']
  if (!credential || !signature || [...fields.keys()].some((name) => !known.includes(name))) {
    throw new OssError('InvalidArgument', { message: 'Invalid Authorization header.' })
  }
  if (request.headers.get('x-oss-content-sha256') !== 'UNSIGNED-PAYLOAD') {
    throw new OssError('InvalidArgument', { message: 'Invalid x-oss-content-sha256 header.' })
  }
  const date = request.headers.get('x-oss-date') ?? toBasicDate(request.headers.get('date') ?? '')
  const scope = readScope(credential, date, region)
  const additional = (fields.get('AdditionalHeaders') ?? '').split(';').filter((name) => name !== '')
  return {
    accessKeyId: scope.accessKeyId,
    signature,
    securityToken: request.headers.get('x-oss-security-token'),
    canonicalRequest: (target) => canonicalRequest(request, target, additional),
    stringToSign: (target) => stringToSign(canonicalRequest(request, target, additional), date, scope),
    sign: (accessKey, text) => sign(accessKey, scope, text),
    checkTime: (nowMs) => checkSkew(parseBasicDate(date), nowMs),
  }
}

/** Reads the `x-oss-` parameters of a presigned URL. */
export function readQueryV4(request: SignedRequest, region: string | undefined): SignatureClaim {
  const { query } = request
  const credential = query.get('x-oss-credential')
  const date = query.get('x-oss-date')
  const expires = query.get('x-oss-expires')
  const signature = query.get('x-oss-signature')
  if (!credential || !date || !expires || !signature) {
    throw denied(
      'Query-string authentication requires the x-oss-credential, x-oss-date, x-oss-expires and x-oss-signature parameters',
    )
  }
  if (query.get('x-oss-signature-version') !== ALGORITHM_V4) {
    throw new OssError('InvalidArgument', { message: 'Invalid x-oss-signature-version.' })
  }
  const scope = readScope(credential, date, region)
  const additional = (query.get('x-oss-additional-headers') ?? '').split(';').filter((name) => name !== '')
  return {
    accessKeyId: scope.accessKeyId,
    signature,
    securityToken: query.get('x-oss-security-token'),
    canonicalRequest: (target) => canonicalRequest(request, target, additional),
    stringToSign: (target) => stringToSign(canonicalRequest(request, target, additional), date, scope),
    sign: (accessKey, text) => sign(accessKey, scope, text),
    checkTime: (nowMs) => {
      const startMs = parseBasicDate(date)
      const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0
      if (seconds < 1 || seconds > MAX_EXPIRES_SECONDS) {
        throw denied(`x-oss-expires must be between 1 and ${MAX_EXPIRES_SECONDS}.`)
      }
      if (startMs > nowMs) checkSkew(startMs, nowMs)
      if (nowMs > startMs + seconds * 1000) throw denied('Request has expired.')
    },
  }
}

interface Scope {
  readonly accessKeyId: string
  readonly day: string
  readonly region: string
}

function readScope(credential: string, date: string, expectedRegion: string | undefined): Scope {
  const [accessKeyId, day, region, product, request, ...rest] = credential.split('/')
  if (region === '') {
    throw new OssError('InvalidArgument', { message: 'The signing region in credential is invalid.' })
  }
  if (!accessKeyId || !day || !region || product !== 'oss' || request !== 'aliyun_v4_request' || rest.length > 0) {
    throw new OssError('InvalidArgument', { message: 'Invalid credential.' })
  }
  if (!/^\d{8}T\d{6}Z$/.test(date)) throw denied('OSS authentication requires a valid Date.')
  if (!date.startsWith(day)) {
    throw new OssError('InvalidArgument', { message: 'Invalid credential date. Date is not the same as x-oss-date.' })
  }
  if (expectedRegion !== undefined && region !== expectedRegion) {
    const message = 'Invalid signing region in Authorization header.'
    throw new OssError('InvalidArgument', { message, ec: '0002-00000226' })
  }
  return { accessKeyId, day, region }
}

function toBasicDate(date: string): string {
  const ms = Date.parse(date)
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')
}

function parseBasicDate(date: string): number {
  const ms = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(ms)) throw denied('OSS authentication requires a valid Date.')
  return ms
}

function stringToSign(canonical: string, date: string, { day, region }: Scope): string {
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex')
  return [ALGORITHM_V4, date, `${day}/${region}/oss/aliyun_v4_request`, hash].join('\n')
}

function canonicalRequest(request: SignedRequest, { bucketName, key }: Target, additional: readonly string[]): string {
  const { method, headers, query } = request
  const uri = percentEncode(bucketName === '' ? '/' : `/${bucketName}/${key}`).replaceAll('%2F', '/')
  const parameters = [...query]
    .filter(([name]) => name !== 'x-oss-signature')
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  const signed = new Set(additional)
  for (const name of headers.keys()) {
    if (name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-')) signed.add(name)
  }
  const lines = [...signed].sort().map((name) => `${name}:${(headers.get(name) ?? '').trim()}\n`)
  const payload = headers.get('x-oss-content-sha256') ?? 'UNSIGNED-PAYLOAD'
  return [method, uri, parameters.join('&'), lines.join(''), additional.join(';'), payload].join('\n')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Signing keys are good for a day, and a client uses one or two of them. */
const signingKeys = new Map<string, Buffer>()

function sign({ accessKeySecret }: AccessKey, { day, region }: Scope, text: string): string {
  const name = `${day}/${region}/${accessKeySecret}`
  let key = signingKeys.get(name)
  if (key === undefined) {
    key = hmac(hmac(hmac(hmac(`aliyun_v4${accessKeySecret}`, day), region), 'oss'), 'aliyun_v4_request')
    if (signingKeys.size >= 100) signingKeys.clear()
    signingKeys.set(name, key)
  }
  return createHmac('sha256', key).update(text, 'latin1').digest('hex')
}
