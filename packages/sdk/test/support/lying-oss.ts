import { createServer, request as sendRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import OSS from 'ali-oss'
import { afterEach } from 'vitest'
import { BUCKET, type CloudFixture } from './cloud-fixture.js'

/** A request, as it reached the service. */
export interface SeenRequest {
  readonly method: string
  /** `PutObject`, `ListMultipartUploads`, … */
  readonly operation: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** What is answered in place of the service. */
export interface Lie {
  readonly status?: number
  /** Instead of those of the true answer, if there is one; a value of null takes one away. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly body?: string | Buffer
  /** Headers of the request that the service, which does not know them, is not to see. */
  readonly hides?: readonly string[]
}

/** What becomes of a request: a lie without asking the service; `late`: a lie after it has carried it out; undefined: the truth. */
export type Liar = (request: SeenRequest) => Lie | { readonly late: Lie } | 'never' | undefined

const ends: (() => Promise<void>)[] = []

/** A service that stands before the local OSS and lies; ended with the test. To be called at the top of a test file, with its fixture. */
export function useLyingOss(fixture: CloudFixture) {
  afterEach(async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  })
  const start = async (liar: Liar, ossOptions: object = {}) => {
    const requests: SeenRequest[] = []
    const { hostname, port } = new URL(fixture.cloud.oss.endpoint)
    const server = createServer({ maxHeaderSize: 128 * 1024 }, (incoming, outgoing) => {
      const { method = '', url = '', headers } = incoming
      const seen = { method, operation: operationOf(method, url, headers), path: url, headers }
      requests.push(seen)
      const chosen = liar(seen)
      if (chosen === 'never') {
        incoming.resume()
        return
      }
      if (chosen && !('late' in chosen)) {
        const { status = 200, body = '' } = chosen
        incoming.resume().on('end', () => {
          outgoing.writeHead(status, present({ 'x-oss-request-id': 'L1E', ...chosen.headers }))
          outgoing.end(method === 'HEAD' ? undefined : body)
        })
        return
      }
      const hidden = chosen?.late.hides ?? []
      const sent = hidden.length === 0 ? headers : signedWithout(hidden, seen, oss)
      const passedOn = sendRequest({ hostname, port, method, path: url, headers: sent }, (answer) => {
        if (!chosen) {
          outgoing.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
          answer.pipe(outgoing)
          return
        }
        const { status = answer.statusCode ?? 0, body } = chosen.late
        const given = present({ ...(answer.headers as Record<string, string>), ...chosen.late.headers })
        if (body === undefined) {
          outgoing.writeHead(status, given)
          answer.pipe(outgoing)
          return
        }
        answer.resume().on('end', () => {
          const hasLength = chosen.late.headers?.['content-length'] !== null
          const length = hasLength ? { 'content-length': String(Buffer.byteLength(body)) } : {}
          outgoing.writeHead(status, { ...given, ...length })
          outgoing.end(method === 'HEAD' ? undefined : body)
        })
      })
      for (const stream of [incoming, outgoing, passedOn]) stream.on('error', () => outgoing.destroy())
      incoming.pipe(passedOn)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ends.push(
      () =>
        new Promise((resolve) => {
          server.close(() => {
            resolve()
          })
          server.closeAllConnections()
        }),
    )
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const oss = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint, ...ossOptions })
    return { requests, endpoint, oss }
  }
  return { start }
}

/** The headers of a request without some of them, signed anew in the old way. */
function signedWithout(
  names: readonly string[],
  { method, path, headers }: SeenRequest,
  oss: OSS,
): IncomingHttpHeaders {
  const left = Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
  const { pathname, searchParams } = new URL(path, 'http://localhost')
  const { authorization } = oss as unknown as { authorization: (...args: unknown[]) => string }
  const signed = authorization.call(oss, method, decodeURIComponent(pathname), Object.fromEntries(searchParams), left)
  return { ...left, authorization: signed }
}

function present(headers: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** What a request asks for. */
function operationOf(method: string, url: string, headers: IncomingHttpHeaders): string {
  const { searchParams, pathname } = new URL(url, 'http://localhost')
  const isObject = pathname.split('/').length > 2 && !pathname.endsWith('/')
  if (searchParams.has('uploads')) return method === 'POST' ? 'InitiateMultipartUpload' : 'ListMultipartUploads'
  if (searchParams.has('partNumber')) return 'UploadPart'
  if (searchParams.has('uploadId')) return method === 'POST' ? 'CompleteMultipartUpload' : 'AbortMultipartUpload'
  if (searchParams.has('acl')) return 'GetObjectACL'
  if (searchParams.has('tagging')) return 'GetObjectTagging'
  if (headers['x-oss-copy-source'] !== undefined) return 'CopyObject'
  const verb = { PUT: 'Put', GET: 'Get', HEAD: 'Head', DELETE: 'Delete' }[method] ?? method
  return `${verb}${isObject ? 'Object' : 'Bucket'}`
}
