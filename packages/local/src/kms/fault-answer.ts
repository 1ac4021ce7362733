import type { ServiceEffect } from '../faults/play-fault.js'
import { type KmsErrorCode, kmsErrors } from './kms-error.js'

const usualCodes: Readonly<Record<number, KmsErrorCode>> = {
  403: 'Forbidden.NoPermission',
  404: 'Forbidden.KeyNotFound',
  409: 'Rejected.Disabled',
  429: 'Rejected.Throttling',
  503: 'ServiceUnavailableTemporary',
}

/** The KMS's own words for a fault; undefined for one that KMS cannot suffer, as it has no ranges. */
export function faultAnswer(effect: ServiceEffect): { status: number; code: string; message: string } | undefined {
  if (effect.kind === 'lie-range') return undefined
  const status = effect.kind === 'throttle' ? 429 : effect.status
  const given = effect.kind === 'throttle' ? undefined : effect.code
  const code = given ?? usualCodes[status] ?? (status >= 500 ? 'InternalFailure' : 'InvalidParameter')
  const message = code in kmsErrors ? kmsErrors[code as KmsErrorCode][1] : 'The request failed.'
  return { status, code, message }
}
