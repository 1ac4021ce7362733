import { describeObject } from '../cloud/describe-object.js'
import type { Session } from '../cloud/session.js'
import type { Location } from '../location.js'
import { sameLength, type Entry } from './entry.js'

/**
 * An object with the length of its plaintext, where the one that OSS holds does not tell whether a file is as long: what a `message-body` object has
 * before its ciphertext, and the segments of `floe` objects that others wrote, can have any length.
 */
export async function withPlaintextLength(
  session: Session,
  location: Location,
  entry: Entry,
  other: Entry,
  asked: { readonly signal: AbortSignal; readonly versionId?: string | undefined },
): Promise<Entry> {
  if (location.kind !== 'oss' || entry.kind !== 'object' || other.kind !== 'file') return entry
  // All that is stored is as long as its plaintext, or longer.
  if (entry.length < other.length || sameLength(entry, other)) return entry
  const { length } = await describeObject(session, location, entry.length, asked)
  return length === undefined ? entry : { ...entry, length }
}
