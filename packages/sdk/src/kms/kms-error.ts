import { ServiceError, type ServiceErrorCode } from '../errors.js'

/** What the service's own error codes mean to a caller; the first entry that matches counts. */
const meanings: readonly (readonly [pattern: RegExp, code: ServiceErrorCode, retryable: boolean])[] = [
  [/^(Rejected\.)?Throttling/, 'Throttled', true],
  [/^(ServiceUnavailableTemporary|InternalFailure|InternalError|ServiceUnavailable)$/, 'ServiceFailure', true],
  [/^Forbidden\.(Key|Alias|Resource)NotFound$/, 'KeyNotFound', false],
  [
    /^(Rejected\.(Disabled|Unavailable|PendingDeletion)|Forbidden\.(KeyDisabled|KeyPendingDeletion))/,
    'KeyDisabled',
    false,
  ],
  [/^(InvalidCiphertext|Forbidden\.InvalidCiphertext|InvalidParameter\.EncryptionContext)/, 'WrongContext', false],
  [
    /^(Forbidden|NoPermission|InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken|MissingSecurityToken)/,
    'AccessDenied',
    false,
  ],
]

const explanations: Partial<Record<ServiceErrorCode, string>> = {
  Throttled: 'KMS is throttling',
  ServiceFailure: 'KMS failed',
  KeyNotFound: 'KMS does not know the key',
  KeyDisabled: 'the key is disabled or scheduled for deletion',
  WrongContext: 'KMS refuses the wrapped data key: wrong encryption context, another key, or tampered',
  AccessDenied: 'KMS denies access',
  Rejected: 'KMS rejected the request',
}

/**
 * The typed error for whatever `@alicloud/openapi-client` threw. Its message and cause are left behind: they hold the request's URL, in which
 * `Encrypt` carries a plaintext data key. Of the service's answer only code, status and request id are kept.
 */
export function toKmsError(action: string, host: string, thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  const { status, serviceCode, requestId } = describe(thrown)
  const details = { service: 'kms', status, serviceCode, requestId } as const
  const fail = (code: ServiceErrorCode, retryable: boolean) => {
    const facts = [serviceCode, status && `HTTP ${String(status)}`, requestId && `RequestId ${requestId}`]
      .filter(Boolean)
      .join(', ')
    const explanation = code === 'Unreachable' ? unreachable(host, thrown) : (explanations[code] ?? 'KMS failed')
    return new ServiceError(code, `${action}: ${explanation}${facts && ` (${facts})`}`, { ...details, retryable })
  }
  if (status === undefined && serviceCode === undefined) {
    // No answer that could be read: a network failure or, as a SyntaxError, the page of some proxy on the way.
    return thrown instanceof SyntaxError ? fail('ServiceFailure', true) : fail('Unreachable', true)
  }
  // Decrypt and ReEncrypt are given nothing but the wrapped key and the context, so that one of these is what is not valid.
  if (serviceCode === 'InvalidParameter' && /^(Decrypt|ReEncrypt)$/.test(action)) return fail('WrongContext', false)
  for (const [pattern, code, retryable] of meanings)
    if (serviceCode !== undefined && pattern.test(serviceCode)) return fail(code, retryable)
  if (status === 429) return fail('Throttled', true)
  if (status !== undefined && status >= 500) return fail('ServiceFailure', true)
  return fail('Rejected', false)
}

interface Description {
  status?: number
  serviceCode?: string
  requestId?: string
}

/** Where KMS was looked for, and what the system said: `ECONNREFUSED`, `ENOTFOUND`. */
function unreachable(host: string, thrown: unknown): string {
  const { code, name } = (thrown ?? {}) as { code?: unknown; name?: unknown }
  const reason =
    typeof code === 'string' && /^E[A-Z]+$/.test(code)
      ? code
      : String(name).includes('Timeout')
        ? 'no answer in time'
        : ''
  return `KMS at ${host} cannot be reached${reason && `: ${reason}`}`
}

/** What can be told about a thrown value without believing that it has the shape that the client gives its errors. */
function describe(thrown: unknown): Description {
  if (typeof thrown !== 'object' || thrown === null) return {}
  const { code, statusCode, data } = thrown as { code?: unknown; statusCode?: unknown; data?: unknown }
  const status = Number(statusCode)
  if (!Number.isInteger(status)) return {}
  const description: Description = { status }
  if (isToken(code)) description.serviceCode = code
  if (typeof data === 'object' && data !== null && 'RequestId' in data && isToken(data.RequestId))
    description.requestId = data.RequestId
  return description
}

/** Whether a value looks like an error code or a request id, and not like something that a message should not repeat. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) && value !== 'undefined'
}
