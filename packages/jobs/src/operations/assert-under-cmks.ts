import { ObjectFailure } from './object-failure.js'

/**
 * Asserts that what was written is under the CMKs that a job names, where it names some. An alias may stand for any.
 *
 * @throws ObjectFailure `OtherCmks`.
 */
export function assertUnderCmks(wanted: readonly string[] | undefined, actual: readonly string[]): void {
  if (wanted === undefined) return
  const keys = wanted.filter((arn) => !arn.includes(':alias/'))
  if (keys.every((arn) => actual.includes(arn)) && actual.length <= wanted.length) return
  throw new ObjectFailure('OtherCmks', 'the client encrypts under other CMKs than the job names')
}
