import type { Operation } from '../operations/operation.js'
import { localFailures, type FailureCode, type Outcome } from '../operations/outcome.js'

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
  'BucketImmutable',
  'OtherCmks',
  ...localFailures,
])

/** Failures of the CMK, which is the same for all objects where nothing is read with another. */
const OF_THE_CMK: ReadonlySet<FailureCode> = new Set(['KeyNotFound', 'KeyDisabled'])

/** Whether every other object would fail here, too. */
export function failsForAll({ usesOneCmk = false }: Operation, { code }: Outcome): boolean {
  return code !== undefined && (OF_THE_MACHINE.has(code) || (usesOneCmk && OF_THE_CMK.has(code)))
}

/** @throws JobEndedError for a failure that every other object would have, too. */
export function assertGoesOn(operation: Operation, outcome: Outcome): void {
  const { code, message = 'failed' } = outcome
  if (code !== undefined && failsForAll(operation, outcome)) throw new JobEndedError(code, message)
}
