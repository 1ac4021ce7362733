import type { ServiceEffect } from '../faults/play-fault.js'
import type { ToldError } from './answer.js'
import type { ErrorTable } from './rpc-error.js'

/** A service's own words for faults. */
export interface FaultWords {
  readonly errors: ErrorTable
  /** The code that goes with a status when the fault names none. */
  readonly usualCodes: Readonly<Record<number, string>>
  /** The code for a status of 500 and more that has none of its own. */
  readonly internalCode: string
}

/** What a service answers for a fault; undefined for one that it cannot suffer, as it has no ranges. */
export function faultAnswer(effect: ServiceEffect, words: FaultWords): ToldError | undefined {
  if (effect.kind === 'lie-range') return undefined
  const status = effect.kind === 'throttle' ? 429 : effect.status
  const given = effect.kind === 'throttle' ? undefined : effect.code
  const code = given ?? words.usualCodes[status] ?? (status >= 500 ? words.internalCode : 'InvalidParameter')
  const message = Object.hasOwn(words.errors, code) ? words.errors[code]?.[1] : undefined
  return { status, code, message: message ?? 'The request failed.' }
}
