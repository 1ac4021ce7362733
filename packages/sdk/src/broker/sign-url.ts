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
  readonly name: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

/** Makes a URL for just this request: OSS's signature version 4, in the query. */
export async function signUrl(
  { bucket, region, url }: SigningBucket,
  { accessKeyId, accessKeySecret, securityToken }: SigningCredentials,
  { method, name, query, headers }: UrlRequest,
  expiresSeconds: number,
): Promise<string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${date.slice(0, 8)}/${region}/oss/aliyun_v4_request`
  const parameters = canonicalQuery({
    ...query,
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `${accessKeyId}/${scope}`,
    'x-oss-date': date,
    'x-oss-expires': String(expiresSeconds),
    ...(securityToken !== undefined && { 'x-oss-security-token': securityToken }),
  })
  const signed = Object.entries(headers)
    .filter(([header]) => /^(content-type|content-md5|x-oss-.*)$/.test(header))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([header, value]) => `${header}:${value.trim()}\n`)
  const path = encodePath(name)
  const canonical = [method, `/${bucket}/${path}`, parameters, signed.join(''), '', 'UNSIGNED-PAYLOAD'].join('\n')
  const digest = hex(await crypto.subtle.digest('SHA-256', toBytes(canonical)))
  let key: Uint8Array<ArrayBuffer> = toBytes(`aliyun_v4${accessKeySecret}`)
  for (const step of scope.split('/')) key = await hmac(key, step)
  const signature = hex(await hmac(key, ['OSS4-HMAC-SHA256', date, scope, digest].join('\n')))
  return `${url.replace(/\/$/, '')}/${path}?${parameters}&x-oss-signature=${signature}`
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&')
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, toBytes(text)))
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function encodePath(name: string): string {
  return encode(name).replaceAll('%2F', '/')
}

function hex(bytes: ArrayBuffer | Uint8Array): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeUtf8(text))
}
