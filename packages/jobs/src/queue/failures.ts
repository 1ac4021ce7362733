import type { FailureCode, Outcome } from '../operations/outcome.js'

/** Failures after which the same object may be worked on well later: of the service, of the network, or of what somebody did at that moment. */
const PASSING: ReadonlySet<FailureCode> = new Set([
  'Throttled',
  'Unreachable',
  'ObjectUnreachable',
  'ServiceFailure',
  'ChecksumMismatch',
  'BadAnswer',
  'ObjectChanged',
  'DataKeyUnavailable',
])

/** Whether an object is to be worked on again after a while. */
export function mayPass({ code }: Outcome): boolean {
  return code !== undefined && PASSING.has(code)
}
