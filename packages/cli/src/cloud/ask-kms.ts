import OpenApi, { Config, OpenApiRequest, Params } from '@alicloud/openapi-client'
import { RuntimeOptions } from '@alicloud/tea-util'
import { CredentialModel } from '@alicloud/credentials'
import { ServiceError, type ServiceErrorCode } from 'osscrypt'
import { usageError } from '../command-error.js'
import type { AccessKey } from '../config/settings.js'
import { defaultExport } from './default-export.js'
import type { Session } from './session.js'

const OpenApiClient = defaultExport(OpenApi)

/** Asks KMS about CMKs themselves, which the library has no business with. One attempt. @throws ServiceError, made new. */
export async function askKms(
  { kms, settings }: Session,
  region: string | undefined,
  action: string,
  query: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const place = region ?? settings.region?.replace(/^oss-/, '')
  if (place === undefined || !/^[a-z0-9-]{2,32}$/.test(place)) throw usageError('no region', 'give --region')
  const url = new URL(endpointOf(kms.endpoint, place, kms.network === 'vpc'))
  if (url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw usageError('plain http to KMS is taken for this machine only')
  }
  const { accessKeyId, accessKeySecret, securityToken } = await (kms.credentials as () => Promise<AccessKey>)()
  const type = securityToken === undefined ? 'access_key' : 'sts'
  const credential = {
    getCredential: () => Promise.resolve(new CredentialModel({ type, accessKeyId, accessKeySecret, securityToken })),
  }
  const client = new OpenApiClient(
    new Config({
      credential,
      endpoint: url.host,
      protocol: url.protocol.replace(':', ''),
      regionId: place,
      connectTimeout: 5000,
      readTimeout: 5000,
      ...(kms.ca === undefined ? {} : { ca: kms.ca }),
    }),
  )
  const params = new Params({
    action,
    version: '2016-01-20',
    protocol: url.protocol.replace(':', ''),
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  })
  try {
    const request = new OpenApiRequest({ query: { ...query, RegionId: place } })
    const { body } = (await client.callApi(params, request, new RuntimeOptions({ autoretry: false }))) as {
      body: Record<string, unknown>
    }
    return body
  } catch (error) {
    throw toServiceError(action, error)
  }
}

function endpointOf(endpoint: string | undefined, region: string, inVpc: boolean): string {
  if (endpoint === undefined) return `https://${inVpc ? 'kms-vpc' : 'kms'}.${region}.aliyuncs.com`
  return endpoint.includes('://') ? endpoint : `https://${endpoint}`
}

const byCode: readonly (readonly [RegExp, ServiceErrorCode, string])[] = [
  [/NotFound$|^Forbidden\.KeyNotFound/, 'KeyNotFound', 'there is no such key'],
  [
    /^Forbidden|AccessDenied|NoPermission|InvalidAccessKeyId|SignatureDoesNotMatch/,
    'AccessDenied',
    'KMS denies access',
  ],
  [/Throttling/, 'Throttled', 'KMS is throttling'],
]

function toServiceError(action: string, error: unknown): ServiceError {
  const { code, statusCode, data } = error as { code?: unknown; statusCode?: unknown; data?: { RequestId?: unknown } }
  const word = (value: unknown) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined)
  const [serviceCode, requestId] = [word(code), word(data?.RequestId)]
  const status = typeof statusCode === 'number' ? statusCode : undefined
  const [, meaning, says] = byCode.find(([pattern]) => serviceCode !== undefined && pattern.test(serviceCode)) ?? [
    null,
    status === undefined
      ? ('Unreachable' as const)
      : status >= 500
        ? ('ServiceFailure' as const)
        : ('Rejected' as const),
    status === undefined ? 'KMS cannot be reached' : 'KMS refuses',
  ]
  const facts = [serviceCode, requestId && `RequestId ${requestId}`].filter(Boolean).join(', ')
  return new ServiceError(meaning, `${action}: ${says}${facts && ` (${facts})`}`, {
    service: 'kms',
    status,
    serviceCode,
    requestId,
  })
}
