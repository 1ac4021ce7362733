import { createHmac } from 'node:crypto'

/** What of a request OSS's signature version 1 is over. */
export interface RequestToSign {
  readonly method: string
  readonly bucket: string
  readonly name?: string | undefined
  readonly query: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** The parameters that are part of the resource. */
const SIGNED = ['acl', 'uploads', 'uploadId', 'partNumber', 'versionId', 'encoding-type', 'tagging']

/** The signature, `expires` in place of a date. */
export function signV1(secret: string, request: RequestToSign, dateOrExpires: string): string {
  const { method, bucket, name = '', query, headers } = request
  const ossHeaders = Object.entries(headers)
    .filter(([header]) => header.startsWith('x-oss-'))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([header, value]) => `${header}:${value}\n`)
    .join('')
  const signed = Object.keys(query)
    .filter((parameter) => SIGNED.includes(parameter) && parameter !== 'encoding-type')
    .sort()
    .map((parameter) => (query[parameter] === '' ? parameter : `${parameter}=${query[parameter]}`))
    .join('&')
  const resource = `/${bucket}/${name}${signed && `?${signed}`}`
  const text = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', dateOrExpires]
  return createHmac('sha1', secret)
    .update(`${text.join('\n')}\n${ossHeaders}${resource}`)
    .digest('base64')
}

/** A URL of the local OSS, in path style. */
export function urlOf(
  endpoint: string,
  { bucket, name = '', query }: RequestToSign,
  more: Record<string, string> = {},
) {
  const parameters = Object.entries({ ...query, ...more }).map(([parameter, value]) =>
    value === '' ? encodeURIComponent(parameter) : `${encodeURIComponent(parameter)}=${encodeURIComponent(value)}`,
  )
  const path = name.split('/').map(encodeURIComponent).join('/')
  return `${endpoint}/${bucket}/${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`
}
