import { ServiceError, type ServiceErrorCode } from '../errors.js'

/** What can be known of a request that OSS refused, or never answered. */
export interface OssFailure {
  readonly status?: number | undefined
  readonly serviceCode?: string | undefined
  readonly requestId?: string | undefined
  /** What the system said when there was no answer. */
  readonly reason?: string | undefined
}

/** What OSS's error codes mean to a caller, where the status alone does not say it. */
const byServiceCode: readonly (readonly [pattern: RegExp, code: ServiceErrorCode, retryable: boolean])[] = [
  [/Throttl|Limit(Exceed|$)|SlowDown|^TooManyRequests/i, 'Throttled', true],
  [/^RequestTimeout$/, 'Unreachable', true],
  [/^(InvalidDigest|BadDigest)$/, 'ChecksumMismatch', true],
]

const byStatus: readonly (readonly [
  matches: (status: number) => boolean,
  code: ServiceErrorCode,
  retryable: boolean,
])[] = [
  [(status) => status === 401 || status === 403, 'AccessDenied', false],
  [(status) => status === 404, 'NotFound', false],
  [(status) => status === 304 || status === 412, 'PreconditionFailed', false],
  [(status) => status === 416, 'InvalidRange', false],
  [(status) => status === 429, 'Throttled', true],
  [(status) => status >= 500, 'ServiceFailure', true],
]

const explanations: Partial<Record<ServiceErrorCode, string>> = {
  Throttled: 'OSS is throttling',
  Unreachable: 'OSS cannot be reached, or the connection broke',
  ChecksumMismatch: 'OSS received other bytes than were sent',
  AccessDenied: 'OSS denies access',
  NotFound: 'there is no such object or bucket',
  PreconditionFailed: 'a condition of the request is not met',
  InvalidRange: 'the range is outside the object',
  ServiceFailure: 'OSS failed',
  Rejected: 'OSS rejected the request',
}

/** The typed error for a request to OSS. Nothing of the answer's text goes into it but the service's code and the request id. */
export function ossError(
  operation: string,
  { status, serviceCode, requestId, reason }: OssFailure,
  cause?: Error,
): ServiceError {
  const [, code, retryable] = classify(status, serviceCode)
  const facts = [reason, serviceCode, status && `HTTP ${String(status)}`, requestId && `RequestId ${requestId}`]
    .filter(Boolean)
    .join(', ')
  const message = `${operation}: ${explanations[code] ?? 'OSS failed'}${facts && ` (${facts})`}`
  return new ServiceError(code, message, { service: 'oss', retryable, status, serviceCode, requestId, cause })
}

function classify(
  status: number | undefined,
  serviceCode: string | undefined,
): readonly [unknown, ServiceErrorCode, boolean] {
  if (status === undefined) return [null, 'Unreachable', true]
  return (
    byServiceCode.find(([pattern]) => serviceCode !== undefined && pattern.test(serviceCode)) ??
    byStatus.find(([matches]) => matches(status)) ?? [null, 'Rejected', false]
  )
}
