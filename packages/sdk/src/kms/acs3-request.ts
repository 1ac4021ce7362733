import { createHash, createHmac } from 'node:crypto'
import { concatSecrets } from '../bytes/secret-bytes.js'
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.js'
import type { AccessKey } from './open-api-options.js'
import { percentEncode } from './percent-encoding.js'

// Requests of Alibaba Cloud's OpenAPI in the RPC style: a POST whose parameters stand in the query and in a form, signed with
// ACS3-HMAC-SHA256.

const ALGORITHM = 'ACS3-HMAC-SHA256'

/** Parameters as they stand in a URL: in the order of their names, which is the one that is signed. Those that are undefined are left out. */
export function encodeQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [[encodeText(name), encodeText(value)] as const]))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** UTF-8 texts as a form (application/x-www-form-urlencoded), in a new array that nobody else has. */
export function encodeForm(fields: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts = Object.entries(fields).flatMap(([name, value], index) => [
    encodeUtf8(`${index === 0 ? '' : '&'}${encodeText(name)}=`),
    percentEncode(value),
  ])
  const form = concatSecrets(parts)
  for (const part of parts) part.fill(0)
  return form
}

/** What is signed. */
export interface Acs3Request {
  /** See {@link encodeQuery}. */
  readonly query: string
  /** All headers that are sent, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The headers that a request is sent with: those given, the hash of the body, the STS token, and the signature. */
export function signAcs3({ query, headers, body }: Acs3Request, key: AccessKey): Record<string, string> {
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const all: Record<string, string> = { ...headers, 'x-acs-content-sha256': bodyHash }
  if (key.securityToken) {
    all['x-acs-accesskey-id'] = key.accessKeyId
    all['x-acs-security-token'] = key.securityToken
  }
  const signed = Object.keys(all)
    .filter((name) => name === 'host' || name === 'content-type' || name.startsWith('x-acs-'))
    .sort()
  const canonicalHeaders = signed.map((name) => `${name}:${(all[name] ?? '').trim()}\n`).join('')
  const request = ['POST', '/', query, canonicalHeaders, signed.join(';'), bodyHash].join('\n')
  const toSign = `${ALGORITHM}\n${createHash('sha256').update(request).digest('hex')}`
  const signature = createHmac('sha256', key.accessKeySecret).update(toSign).digest('hex')
  const credential = `Credential=${key.accessKeyId},SignedHeaders=${signed.join(';')},Signature=${signature}`
  return { ...all, authorization: `${ALGORITHM} ${credential}` }
}

function encodeText(text: string): string {
  return decodeUtf8(percentEncode(encodeUtf8(text)))
}
