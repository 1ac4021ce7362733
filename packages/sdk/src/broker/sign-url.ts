import { copySecret } from '../bytes/secret-bytes.js'
import { encodeUtf8 } from '../bytes/utf8.js'

/** Who signs. */
export interface SigningCredentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | undefined
}

/** The bucket that URLs are signed for. */
export interface SigningBucket {
  readonly bucket: string
  readonly region: string
  /** Where pages reach the bucket, such as `https://my-bucket.oss-cn-hangzhou.aliyuncs.com`. */
  readonly url: string
}

interface UrlRequest {
  readonly method: string
  /** The object; empty for the bucket. */
  readonly name: string
  /** An empty value stands for a bare name. */
  readonly query: Readonly<Record<string, string>>
  /** Names in lower case. Each character of a value stands for one byte. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Makes a URL for just this request: OSS's signature version 4, in the query. It covers method, bucket, name, all parameters and all of these headers,
 * and that there is no other `x-oss-` header, Content-Type or Content-MD5. Other headers of HTTP's may be added by who sends it.
 */
export async function signUrl(
  { bucket, region, url }: SigningBucket,
  { accessKeyId, accessKeySecret, securityToken }: SigningCredentials,
  { method, name, query, headers }: UrlRequest,
  expiresSeconds: number,
): Promise<string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${date.slice(0, 8)}/${region}/oss/aliyun_v4_request`
  const additional = Object.keys(headers)
    .filter((header) => !isAlwaysSigned(header))
    .sort()
    .join(';')
  const parameters = canonicalQuery({
    ...query,
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `${accessKeyId}/${scope}`,
    'x-oss-date': date,
    'x-oss-expires': String(expiresSeconds),
    ...(additional !== '' && { 'x-oss-additional-headers': additional }),
    ...(securityToken !== undefined && { 'x-oss-security-token': securityToken }),
  })
  const lines = Object.entries(headers)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([header, value]) => `${header}:${value.trim()}\n`)
  const path = percentEncodePath(name)
  const canonical = [method, `/${bucket}/${path}`, parameters, lines.join(''), additional, 'UNSIGNED-PAYLOAD'].join(
    '\n',
  )
  const bytes = Uint8Array.from(canonical, (character) => character.charCodeAt(0))
  const digest = hex(await crypto.subtle.digest('SHA-256', bytes))
  const text = ['OSS4-HMAC-SHA256', date, scope, digest].join('\n')
  const signature = hex(await signInScope(accessKeySecret, scope, text))
  return `${url.replace(/\/$/, '')}/${path}?${parameters}&x-oss-signature=${signature}`
}

/** A name as it stands in a URL's path. */
export function percentEncodePath(name: string): string {
  return percentEncode(name).replaceAll('%2F', '/')
}

/** OSS counts these, whether or not they are named. */
function isAlwaysSigned(header: string): boolean {
  return /^(content-type|content-md5|x-oss-.*)$/.test(header)
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&')
}

async function signInScope(secret: string, scope: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  let key = copySecret(encodeUtf8(`aliyun_v4${secret}`))
  for (const step of [...scope.split('/'), text]) {
    const next = await hmac(key, step)
    key.fill(0)
    key = next
  }
  return key
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, new Uint8Array(encodeUtf8(text))))
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function hex(bytes: ArrayBuffer | Uint8Array): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
