import { createHash, createHmac, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { KmsAnswer, KmsTarget } from './call-kms.js'

/** A request that is signed here and not by the client, so that anything about it can be wrong. */
export interface SignedRequest {
  readonly action: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly method?: string
  readonly path?: string
  readonly body?: string
  /** Added to the usual headers before they are signed. */
  readonly headers?: Readonly<Record<string, string>>
  /** Changes what is sent, after it was signed. */
  readonly spoil?: (sent: { headers: Record<string, string>; target: string }) => void
  /** Names that the signature does not cover. */
  readonly unsigned?: readonly string[]
}

export interface RawAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Signs with version 3, as its documentation says, and sends. */
export function sendSigned(target: KmsTarget, wanted: SignedRequest): Promise<RawAnswer> {
  const { action, parameters = {}, method = 'POST', path = '/', body = '', unsigned = [] } = wanted
  const headers: Record<string, string> = {
    host: target.endpoint,
    'x-acs-action': action,
    'x-acs-version': '2016-01-20',
    'x-acs-date': `${new Date().toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': randomBytes(16).toString('hex'),
    'x-acs-content-sha256': sha256(body),
    ...(target.credentials.securityToken === undefined
      ? {}
      : { 'x-acs-security-token': target.credentials.securityToken }),
    ...wanted.headers,
  }
  const query = Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&')
  const names = Object.keys(headers)
    .filter((name) => !unsigned.includes(name))
    .sort()
  const canonicalHeaders = names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('')
  const lines = [method, path, query, canonicalHeaders, names.join(';'), headers['x-acs-content-sha256']]
  const signature = createHmac('sha256', target.credentials.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(lines.join('\n'))}`)
    .digest('hex')
  headers.authorization = `ACS3-HMAC-SHA256 Credential=${target.credentials.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`
  const sent = { headers, target: query === '' ? path : `${path}?${query}` }
  wanted.spoil?.(sent)
  return sendRaw(target, method, sent.target, sent.headers, body)
}

/** Sends a request as it is. */
export function sendRaw(
  target: KmsTarget,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const [host, port] = target.endpoint.split(':')
    const outgoing = request({
      host,
      port,
      method,
      path,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
      })
    })
    outgoing.end(body)
  })
}

/** The answer that was wanted; an error of the service otherwise, with its `code`. */
export function answerOf(raw: RawAnswer): KmsAnswer {
  const body = JSON.parse(raw.body) as KmsAnswer & { readonly Code?: string; readonly Message?: string }
  if (raw.status !== 200) throw Object.assign(new Error(body.Message), { code: body.Code, status: raw.status })
  return body
}
