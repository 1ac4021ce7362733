import { ServiceError } from 'osscrypt'
import { CommandError } from '../command-error.js'

/** What a command does with the objects, by which it is known what is wrong with all of them. */
export type Dealing = 'reading' | 'writing'

const ALWAYS = new Set(['CredentialsUnavailable', 'CredentialsExpired', 'ClockSkewed', 'Unreachable'])

/** What is wrong with the CMK that everything is written under. */
const OF_THE_CMK = new Set([
  'AccessDenied',
  'KeyNotFound',
  'KeyDisabled',
  'ServiceFailure',
  'Throttled',
  'BadAnswer',
  'Rejected',
])

/** OSS's own names for what does not depend on the object. */
const OF_THE_BUCKET =
  /^(NoSuchBucket|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidBucketName|UserDisable|SecurityTokenExpired)$/

/**
 * Whether what went wrong with one object goes wrong with all: the rest is not tried then, as it would fail for hours, a line each. What was worth
 * it has been tried several times when it comes here.
 */
export function endsAll(error: unknown, dealing: Dealing): boolean {
  if (error instanceof CommandError) return error.exit === 'usage'
  if (error instanceof ServiceError) {
    if (ALWAYS.has(error.code) || OF_THE_BUCKET.test(error.serviceCode ?? '')) return true
    if (error.service !== 'kms') return false
    // An object may be under a CMK of its own; what is written is under the same.
    return dealing === 'writing' ? OF_THE_CMK.has(error.code) : /^(ServiceFailure|Throttled)$/.test(error.code)
  }
  const { code } = error as { code?: unknown }
  return code === 'ENOSPC' || code === 'EROFS'
}
