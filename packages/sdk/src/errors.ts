/**
 * What went wrong, as a closed set. A code never changes its meaning; new ones may be added in minor versions.
 *
 * Message and integrity: `InvalidFormat`, `UnsupportedVersion`, `UnsupportedAlgorithm`, `LimitExceeded`, `IntegrityFailed`.
 * Keys and context: `NoMatchingKey` (the data is under CMKs that the provider was not given), `DataKeyUnavailable` (every CMK that was
 * given was tried and failed; see `failures`), `InvalidDataKey` (a data key provider gave something else than a data key and its wrapped keys),
 * `KeyIdMismatch` (KMS answered for another key), `ContextMismatch` (`requiredContext` is not
 * met), `BindingMismatch` and `BindingMissing` (the object is bound to another object key, or to none).
 * Objects: `NotEncrypted`, `NotAllowed` (needs an `allow…` option), `SourceChanged` (the file changed while it was encrypted),
 * `CheckpointMismatch` (the checkpoint belongs to another transfer, or somebody changed it); in browsers `CheckpointInUse` (another page works with it)
 * and `CheckpointUnavailable` (the browser does not let it be kept or read, as when its disk is full), and `DownloadBroken` (the browser did not take a
 * download to its end, as when its user cancels it).
 * Files: `UntrustedFile` (what is there may be somebody else's: a link, a pipe, another user's file, or one that others can write).
 * Services: `Throttled`, `AccessDenied`, `KeyNotFound`, `KeyDisabled` (disabled, or scheduled for deletion), `WrongContext` (KMS refuses the
 * wrapped key: another encryption context, another key, or tampered), `CredentialsUnavailable` (there are none, or refreshing them failed),
 * `CredentialsExpired` (the STS token has ended, also after one attempt with fresh ones where they can be had), `ClockSkewed` (this machine's
 * clock is too far from the service's), `Unreachable`, `ServiceFailure` (5xx), `Rejected` (any other refusal), `NotFound` (object or bucket),
 * `Archived` (the object is in an archive class and has to be restored before it can be read), `PreconditionFailed`, `InvalidRange`,
 * `BadAnswer` (an answer that makes no sense), `ChecksumMismatch` (what OSS stored is not what was sent), `ObjectChanged` (the object changed
 * between two requests).
 */
export type ErrorCode =
  | 'InvalidFormat'
  | 'UnsupportedVersion'
  | 'UnsupportedAlgorithm'
  | 'LimitExceeded'
  | 'IntegrityFailed'
  | 'NoMatchingKey'
  | 'DataKeyUnavailable'
  | 'InvalidDataKey'
  | 'KeyIdMismatch'
  | 'ContextMismatch'
  | 'BindingMismatch'
  | 'BindingMissing'
  | 'NotEncrypted'
  | 'NotAllowed'
  | 'SourceChanged'
  | 'CheckpointMismatch'
  | 'CheckpointInUse'
  | 'CheckpointUnavailable'
  | 'DownloadBroken'
  | 'UntrustedFile'
  | ServiceErrorCode

/** The codes of a {@link ServiceError}. */
export type ServiceErrorCode =
  | 'Throttled'
  | 'AccessDenied'
  | 'KeyNotFound'
  | 'KeyDisabled'
  | 'WrongContext'
  | 'CredentialsUnavailable'
  | 'CredentialsExpired'
  | 'ClockSkewed'
  | 'Unreachable'
  | 'ServiceFailure'
  | 'Rejected'
  | 'NotFound'
  | 'Archived'
  | 'PreconditionFailed'
  | 'InvalidRange'
  | 'BadAnswer'
  | 'ChecksumMismatch'
  | 'ObjectChanged'

/** Every error that osscrypt throws itself, but for misuse (`TypeError`, `RangeError`) and an aborted signal's own reason. */
export class OsscryptError extends Error {
  override readonly name: string = 'OsscryptError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The bytes are not in the one encoding that the format allows, or exceed its limits. Nothing was decrypted and KMS was not asked. */
export class FormatError extends OsscryptError {
  override readonly name = 'FormatError'

  constructor(
    message: string,
    code: 'InvalidFormat' | 'UnsupportedVersion' | 'UnsupportedAlgorithm' | 'LimitExceeded' = 'InvalidFormat',
  ) {
    super(code, message)
  }
}

/** Tampered, truncated, or decrypted with a wrong key: deliberately not told apart. No plaintext was handed out. */
export class IntegrityError extends OsscryptError {
  override readonly name = 'IntegrityError'

  constructor(message = 'the data does not authenticate: it was changed, cut, or encrypted under another key') {
    super('IntegrityFailed', message)
  }
}

/** No data key could be had; see `code`, and for `DataKeyUnavailable` what each CMK failed with. */
export class KeyError extends OsscryptError {
  override readonly name = 'KeyError'
  /** One entry per CMK that was tried, in the order in which they were tried. */
  readonly failures: readonly { readonly keyArn: string; readonly error: Error }[]

  constructor(
    code: 'NoMatchingKey' | 'DataKeyUnavailable' | 'InvalidDataKey' | 'KeyIdMismatch',
    message: string,
    failures: readonly { keyArn: string; error: Error }[] = [],
  ) {
    super(code, message, failures[0] && { cause: failures[0].error })
    this.failures = failures
  }
}

/** The object has no envelope: it was stored without client-side encryption, or its envelope was taken away. */
export class NotEncryptedError extends OsscryptError {
  override readonly name = 'NotEncryptedError'

  constructor(message: string) {
    super('NotEncrypted', message)
  }
}

/** KMS or OSS refused, failed or could not be reached. */
export class ServiceError extends OsscryptError {
  override readonly name = 'ServiceError'
  declare readonly code: ServiceErrorCode
  readonly service: 'kms' | 'oss'
  /**
   * Whether the same request may succeed later. What may be retried safely has been retried when this error is thrown. `CredentialsExpired`
   * and `ClockSkewed` are retryable where the next attempt is made with fresh credentials, or with the service's time: `retrying` makes one.
   */
  readonly retryable: boolean
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined
  /** The service's own error code, such as `Forbidden.KeyNotFound`. */
  readonly serviceCode: string | undefined
  /** What the vendor's support asks for. */
  readonly requestId: string | undefined

  constructor(code: ServiceErrorCode, message: string, details: ServiceErrorDetails) {
    super(code, message, details.cause === undefined ? undefined : { cause: details.cause })
    this.service = details.service
    this.retryable = details.retryable ?? false
    this.status = details.status
    this.serviceCode = details.serviceCode
    this.requestId = details.requestId
  }
}

/** The fields of a {@link ServiceError}. */
export interface ServiceErrorDetails {
  readonly service: 'kms' | 'oss'
  readonly retryable?: boolean
  readonly status?: number | undefined
  readonly serviceCode?: string | undefined
  readonly requestId?: string | undefined
  readonly cause?: Error | undefined
}
