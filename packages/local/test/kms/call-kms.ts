import { createRequire } from 'node:module'
import type openApi from '@alicloud/openapi-client'
import type { AccessKey } from '../../src/http/service.js'

const require = createRequire(import.meta.url)
const { default: Client, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client') as typeof openApi
// The client's own dependency, from where the client has it.
const clientRequire = createRequire(require.resolve('@alicloud/openapi-client'))
const { RuntimeOptions } = clientRequire('@alicloud/tea-util') as RuntimeModule

type RuntimeOptionsClass = Parameters<InstanceType<typeof openApi.default>['callApi']>[2]
interface RuntimeModule {
  readonly RuntimeOptions: new (options: object) => RuntimeOptionsClass
}

/** A KMS to be tested, this project's or the real one. */
export interface KmsTarget {
  /** Host and port, without the protocol. */
  readonly endpoint: string
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly credentials: AccessKey
  /** PEM; for an endpoint with a CA of its own. */
  readonly ca?: string
}

/** What operations answer, with the fields of all of them; a test looks at those that its operation has. */
export interface KmsAnswer {
  readonly RequestId: string
  readonly KeyId: string
  readonly KeyVersionId: string
  readonly CiphertextBlob: string
  readonly Plaintext: string
  readonly PublicKey: string
  readonly Value: string | boolean
  readonly KeyMetadata: Readonly<Record<string, string>>
  readonly KeyVersion: Readonly<Record<string, string>>
  readonly TotalCount: number
  readonly Keys: { readonly Key: readonly { readonly KeyId: string; readonly KeyArn: string }[] }
  readonly KeyVersions: { readonly KeyVersion: readonly { readonly KeyVersionId: string }[] }
  readonly Aliases: { readonly Alias: readonly object[] }
  readonly Regions: { readonly Region: readonly { readonly RegionId: string }[] }
  readonly AccountStatus: string
  readonly AssumedRoleUser: { readonly Arn: string; readonly AssumedRoleId: string }
  readonly Credentials: Readonly<Record<'AccessKeyId' | 'AccessKeySecret' | 'SecurityToken' | 'Expiration', string>>
  readonly SecretData: string
  readonly VersionId: string
}

/** How a call is made, beyond its parameters. */
export interface CallOptions {
  /** Sends the parameters as a form and not in the URL. */
  readonly asForm?: boolean
  readonly readTimeoutMs?: number
  /** `v1` signs in the old way: HMAC-SHA1, everything in the parameters. */
  readonly signature?: 'v1' | 'v3'
  readonly method?: 'GET' | 'POST'
  /** Of the API; that of KMS when left out. */
  readonly version?: string
}

/** Calls an operation through the official client, and returns the body of the answer. */
export async function callKms(
  target: KmsTarget,
  action: string,
  parameters: object = {},
  options: CallOptions = {},
): Promise<KmsAnswer> {
  const { endpoint, protocol, credentials } = target
  const v1 = options.signature === 'v1' ? { signatureAlgorithm: 'v2' } : {}
  const ca = target.ca === undefined ? {} : { ca: target.ca }
  const client = new Client(new Config({ ...credentials, endpoint, protocol, ...v1, ...ca }))
  const params = new Params({
    action,
    version: options.version ?? '2016-01-20',
    style: 'RPC',
    protocol,
    pathname: '/',
    method: options.method ?? 'POST',
    authType: 'AK',
    bodyType: 'json',
    reqBodyType: 'formData',
  })
  const request = new OpenApiRequest(options.asForm === true ? { body: parameters } : { query: parameters })
  const runtime = new RuntimeOptions({ readTimeout: options.readTimeoutMs ?? 30_000, connectTimeout: 30_000 })
  const { body } = (await client.callApi(params, request, runtime)) as { body: KmsAnswer }
  return body
}

/** What a call that has to fail fails with. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('the call did not fail')
}
