import { createHmac } from 'node:crypto'
import { request, type IncomingHttpHeaders } from 'node:http'
import type { AccessKey } from '../../src/http/service.js'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly code: string | undefined
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string | number>
  readonly body?: string | Buffer
}

/** Sends a request as it is given; rejects when no whole answer comes. */
export function sendRaw(port: number, { method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const code = /<Code>([^<]*)<\/Code>/.exec(bytes.toString())?.[1]
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, code })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Adds a version 1 signature to a request in path style. `resource` is `/bucket/key?subresources`, decoded. */
export function signV1(accessKey: AccessKey, raw: RawRequest, resource: string, nowMs = Date.now()): RawRequest {
  const headers = { ...raw.headers, date: new Date(nowMs).toUTCString() } as Record<string, string | number>
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  const valueOf = (wanted: string): string => named.find(([name]) => name === wanted)?.[1] ?? ''
  const ossHeaders = named.filter(([name]) => name.startsWith('x-oss-')).sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = [
    raw.method ?? 'GET',
    valueOf('content-md5'),
    valueOf('content-type'),
    valueOf('date'),
    ...ossHeaders.map(([name, value]) => `${name}:${value}`),
    resource,
  ]
  const signature = createHmac('sha1', accessKey.accessKeySecret).update(lines.join('\n')).digest('base64')
  return { ...raw, headers: { ...headers, authorization: `OSS ${accessKey.accessKeyId}:${signature}` } }
}
