import type { ReaderPolicy, ReaderRequirements } from './reader-policy.js'

/** The requirements of a call that are met by nothing but what was verified. */
function requirementsOf(options: ReaderRequirements): string[] {
  const { requiredContext, expectedKey, requireBinding, formats } = options
  const set = { requiredContext, expectedKey, requireBinding: requireBinding === true || undefined, formats }
  return Object.entries(set).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

/** Whether a call, or its client, requires what only a verification can show. */
export function requiresVerification(options: ReaderRequirements, policy: ReaderPolicy): boolean {
  return (
    requirementsOf({
      ...options,
      requireBinding: options.requireBinding ?? policy.requireBinding,
      formats: options.formats ?? policy.formats,
    }).length > 0
  )
}

/**
 * Asserts that a call that verifies nothing was asked for nothing that needs it.
 *
 * @param advice What to do instead.
 * @throws TypeError.
 */
export function refuseRequirements(options: ReaderRequirements, call: string, advice: string): void {
  const [requirement] = requirementsOf(options)
  if (requirement !== undefined) {
    throw new TypeError(`${requirement}: ${call} verifies nothing, and so cannot meet it: ${advice}`)
  }
}
