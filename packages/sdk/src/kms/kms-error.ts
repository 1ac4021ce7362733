import { ServiceError, type ServiceErrorCode } from '../errors.js'
import type { ExchangeFailure } from './http-exchange.js'
import type { KmsAnswer } from './kms-answer.js'

/** What the service's own error codes mean to a caller, as far as they are documented; the first entry that matches counts. */
const meanings: readonly (readonly [pattern: RegExp, code: ServiceErrorCode, retryable?: true])[] = [
  [/^(Rejected\.)?Throttling/, 'Throttled', true],
  [/^(ServiceUnavailableTemporary|InternalFailure|InternalError|ServiceUnavailable)$/, 'ServiceFailure', true],
  [/^Forbidden\.(Key|KeyVersion|Alias|Resource)NotFound$/, 'KeyNotFound'],
  [
    /^(Rejected\.(Disabled|Unavailable|PendingDeletion|PendingImport)|Forbidden\.(KeyDisabled|KeyPendingDeletion))/,
    'KeyDisabled',
  ],
  [/^(InvalidSecurityToken\.|SecurityToken)Expired$/, 'CredentialsExpired'],
  [/^(IllegalTimestamp|InvalidTimeStamp\.Expired)$/i, 'ClockSkewed'],
  [
    /^(Forbidden|NoPermission|InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken|MissingSecurityToken)/,
    'AccessDenied',
  ],
  [
    /^(Rejected|UnsupportedOperation|MissingParameter|InvalidAction|InvalidVersion|InvalidTimeStamp|SignatureNonce)/,
    'Rejected',
  ],
]

const explanations: Partial<Record<ServiceErrorCode, string>> = {
  Throttled: 'KMS is throttling',
  ServiceFailure: 'KMS failed',
  KeyNotFound: 'KMS does not know the key',
  KeyDisabled: 'the key is disabled or scheduled for deletion',
  CredentialsExpired: 'the STS token has expired',
  ClockSkewed: 'KMS does not take the time of the request: set the clock of this machine',
  WrongContext: 'KMS refuses the wrapped data key: wrong encryption context, another key, or tampered',
  AccessDenied: 'KMS denies access',
  Rejected: 'KMS rejected the request',
  BadAnswer: 'what answered is not KMS',
}

/**
 * The error for an answer whose status says no. Of the answer only code, status and request id are kept: its message may repeat every
 * parameter of the request, a plaintext data key too.
 *
 * @param answer null when it is no JSON object.
 * @param prepareRetry Sees to it that the next attempt can go better; says whether it can.
 */
export function refusal(
  action: string,
  status: number,
  answer: KmsAnswer | null,
  prepareRetry: (code: ServiceErrorCode) => boolean = () => false,
): ServiceError {
  const serviceCode = token(answer?.['Code'])
  const requestId = token(answer?.['RequestId'])
  const [code, retryable] = meaningOf(action, status, answer !== null, serviceCode)
  const facts = [serviceCode, `HTTP ${String(status)}`, requestId && `RequestId ${requestId}`]
    .filter(Boolean)
    .join(', ')
  return new ServiceError(code, `${action}: ${explanations[code] ?? 'KMS failed'} (${facts})`, {
    service: 'kms',
    status,
    serviceCode,
    requestId,
    retryable: retryable || prepareRetry(code),
  })
}

function meaningOf(
  action: string,
  status: number,
  wellFormed: boolean,
  serviceCode: string | undefined,
): readonly [code: ServiceErrorCode, retryable: boolean] {
  for (const [pattern, code, retryable = false] of meanings)
    if (serviceCode !== undefined && pattern.test(serviceCode)) return [code, retryable]
  if (status === 429) return ['Throttled', true]
  if (status >= 500) return ['ServiceFailure', true]
  if (!wellFormed || status < 400) return ['BadAnswer', false]
  // With which code a wrong context or a damaged key is refused is documented nowhere. These two are given nothing else than the wrapped key
  // and the context, so that it is one of them that a request which is as it has to be is refused for.
  if (status === 400 && serviceCode !== undefined && /^(Decrypt|ReEncrypt)$/.test(action))
    return ['WrongContext', false]
  return ['Rejected', false]
}

/** The error for no answer, or none that is whole. */
export function noAnswer(action: string, host: string, failure: ExchangeFailure): ServiceError {
  const { answered, status, retryable, message: reason } = failure
  const details = { service: 'kms', retryable, status } as const
  if (answered)
    return new ServiceError(
      'BadAnswer',
      `${action}: KMS at ${host} gave no answer that can be read: ${reason}`,
      details,
    )
  return new ServiceError(
    'Unreachable',
    `${action}: KMS at ${host} cannot be reached${reason && `: ${reason}`}`,
    details,
  )
}

/** A value that looks like an error code or a request id, and not like something that a message should not repeat. */
function token(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) && value !== 'undefined' ? value : undefined
}
