import type { Operation } from '../operations/operation.js'
import type { FailureCode, Outcome } from '../operations/outcome.js'

/** What ended a job before its end, as no other object would have fared better. It is gone on with when that has passed. */
export class JobEndedError extends Error {
  override readonly name = 'JobEndedError'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Failures that say nothing of the object. What may be tried again has been. */
const OF_THE_MACHINE: ReadonlySet<FailureCode> = new Set([
  'CredentialsUnavailable',
  'CredentialsExpired',
  'ClockSkewed',
  'Unreachable',
])

/** Failures of the CMK, which is the same for all objects where nothing is read with another. */
const OF_THE_CMK: ReadonlySet<FailureCode> = new Set(['KeyNotFound', 'KeyDisabled'])

/** @throws JobEndedError for a failure that every other object would have, too. */
export function assertGoesOn({ usesOneCmk = false }: Operation, { code, message = 'failed' }: Outcome): void {
  if (code === undefined) return
  if (OF_THE_MACHINE.has(code) || (usesOneCmk && OF_THE_CMK.has(code))) throw new JobEndedError(code, message)
}
