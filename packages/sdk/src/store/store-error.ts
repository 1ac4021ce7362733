import { ServiceError, type ServiceErrorCode } from '../errors.js'

/** What can be known of a request that OSS refused, or never answered. */
export interface OssFailure {
  readonly status?: number | undefined
  readonly serviceCode?: string | undefined
  readonly requestId?: string | undefined
  /** What the system said when there was no answer. */
  readonly reason?: string | undefined
  /** Whether what kept the answer away may pass. Default true. */
  readonly passing?: boolean | undefined
}

/** What OSS's error codes mean to a caller, where the status alone does not say it. */
const byServiceCode: readonly (readonly [pattern: RegExp, code: ServiceErrorCode, retryable: boolean])[] = [
  [/Throttl|Limit(Exceed|$)|SlowDown|^TooManyRequests/i, 'Throttled', true],
  [/^RequestTimeout$/, 'Unreachable', true],
  [/^RequestTimeTooSkewed$/, 'ClockSkewed', false],
  [/^SecurityTokenExpired$/, 'CredentialsExpired', false],
  [/^(InvalidObjectState|ArchiveRestoreNotFinished)$/, 'Archived', false],
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
  [(status) => status === 501, 'Rejected', false],
  [(status) => status >= 500, 'ServiceFailure', true],
]

const explanations: Partial<Record<ServiceErrorCode, string>> = {
  Throttled: 'OSS is throttling',
  Unreachable: 'OSS cannot be reached, or the connection broke',
  ChecksumMismatch: 'OSS received other bytes than were sent',
  AccessDenied: 'OSS denies access',
  CredentialsExpired: 'the security token has expired: get a new one, or give ali-oss a `refreshSTSToken`',
  ClockSkewed: 'the clock of this machine is more than 15 minutes off: set it right',
  NotFound: 'there is no such object or bucket',
  Archived: 'the object is archived: restore it, and try again when that is done',
  PreconditionFailed: 'a condition of the request is not met',
  InvalidRange: 'the range is outside the object',
  ServiceFailure: 'OSS failed',
  Rejected: 'OSS rejected the request',
}

/** The typed error for a request to OSS. Nothing of the answer's text goes into it but the service's code and the request id. */
export function ossError(
  operation: string,
  { status, serviceCode, requestId, reason, passing = true }: OssFailure,
  cause?: Error,
): ServiceError {
  const [, code, mayPass] = classify(status, serviceCode)
  const retryable = mayPass && passing
  const facts = [reason, serviceCode, status && `HTTP ${String(status)}`, requestId && `RequestId ${requestId}`]
    .filter(Boolean)
    .join(', ')
  const message = `${operation}: ${explanations[code] ?? 'OSS failed'}${facts && ` (${facts})`}`
  return new ServiceError(code, message, { service: 'oss', retryable, status, serviceCode, requestId, cause })
}

/**
 * The error for an answer that says that all is well, and is none that OSS gives.
 *
 * @param problem What is wrong with it; nothing of the answer's text.
 */
export function badAnswer(
  operation: string,
  problem: string,
  answer?: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
): ServiceError {
  return new ServiceError('BadAnswer', `${operation}: OSS answered ${problem}`, {
    service: 'oss',
    // It may have been changed on its way.
    retryable: true,
    status: answer?.status,
    requestId: requestIdOf(answer?.headers),
  })
}

/** The id that an answer's headers name the request by. */
export function requestIdOf(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  return token(headers?.['x-oss-request-id'])
}

/** What may be repeated of an answer in an error. */
export function token(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined
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
