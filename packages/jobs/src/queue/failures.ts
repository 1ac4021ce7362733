import type { FailureCode, Outcome } from '../operations/outcome.js'

/** Failures after which the same object may be worked on well later: of the service, of the network, or of what somebody did at that moment. */
const PASSING: ReadonlySet<FailureCode> = new Set([
  'Throttled',
  'Unreachable',
  'ServiceFailure',
  'ChecksumMismatch',
  'BadAnswer',
  'ObjectChanged',
  'DataKeyUnavailable',
])

/** Failures that say nothing of the object: this machine can work on none. */
const OF_THE_MACHINE: ReadonlySet<FailureCode> = new Set([
  'CredentialsUnavailable',
  'CredentialsExpired',
  'ClockSkewed',
])

/** Whether an object is to be worked on again after a while. */
export function mayPass({ code }: Outcome): boolean {
  return code !== undefined && PASSING.has(code)
}

/** Whether another worker may fare better with every object. */
export function isOfThisMachine({ code }: Outcome): boolean {
  return code !== undefined && OF_THE_MACHINE.has(code)
}
