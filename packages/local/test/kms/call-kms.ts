import { createRequire } from 'node:module'
import type { AccessKey } from '../../src/http/service.js'

const { default: Client, Config, OpenApiRequest, Params } = createRequire(import.meta.url)(
  '@alicloud/openapi-client',
) as typeof import('@alicloud/openapi-client')

/** A KMS to be tested, this project's or the real one. */
export interface KmsTarget {
  /** Host and port, without the protocol. */
  readonly endpoint: string
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly credentials: AccessKey
  /** PEM; for an endpoint with a CA of its own. */
  readonly ca?: string
}

/** An error of the official client, as far as tests look at it. */
export interface KmsCallError extends Error {
  readonly code: string
  readonly data: { readonly statusCode: number; readonly RequestId: string; readonly HostId: string; readonly Recommend: string }
}

/** How a call is made, beyond its parameters. */
export interface CallOptions {
  /** Sends the parameters as a form and not in the URL. */
  readonly asForm?: boolean
  readonly readTimeoutMs?: number
  /** `v1` signs in the old way: HMAC-SHA1, everything in the parameters. */
  readonly signature?: 'v1' | 'v3'
  readonly method?: 'GET' | 'POST'
}

/** Calls an operation through the official client, and returns the body of the answer. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are what the tests are about
export async function callKms(target: KmsTarget, action: string, parameters: object = {}, options: CallOptions = {}): Promise<any> {
  const v1 = options.signature === 'v1' ? { signatureAlgorithm: 'v2' } : {}
  const ca = target.ca === undefined ? {} : { ca: target.ca }
  const { endpoint, protocol } = target
  const client = new Client(new Config({ ...target.credentials, endpoint, protocol, ...v1, ...ca }))
  const params = new Params({
    action,
    version: '2016-01-20',
    style: 'RPC',
    protocol: target.protocol,
    pathname: '/',
    method: options.method ?? 'POST',
    authType: 'AK',
    bodyType: 'json',
    reqBodyType: 'formData',
  })
  const request = new OpenApiRequest(options.asForm === true ? { body: parameters } : { query: parameters })
  const runtime = { readTimeout: options.readTimeoutMs ?? 10_000, connectTimeout: 5000 } as Parameters<typeof client.callApi>[2]
  const { body } = (await client.callApi(params, request, runtime)) as { body: unknown }
  return body
}
