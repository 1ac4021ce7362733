import { FormatError, OsscryptError } from '../../errors.js'
import type { CheckpointPlace } from './checkpoint-place.js'

/** What a kind of record says about itself. */
export interface RecordKind {
  /** Such as `osscrypt upload checkpoint`. */
  readonly kind: string
  /** Of the fields; a record of another version is not read. */
  readonly version: number
  /** Bytes of the longest record that is read. */
  readonly maxLength: number
}

/** Keeps fields as JSON, in place of what is there: all of it or nothing. */
export function saveRecord({ kind, version }: RecordKind, place: CheckpointPlace, fields: object): Promise<void> {
  return place.save(`${JSON.stringify({ kind, version, ...fields })}\n`)
}

/**
 * Reads the fields that are kept; null when there are none. What they hold is still to be checked.
 *
 * @throws OsscryptError `CheckpointMismatch` when it is something else; FormatError when it is of another version; as loading from the place.
 */
export async function loadRecord(record: RecordKind, place: CheckpointPlace): Promise<Record<string, unknown> | null> {
  const text = await place.load(record.maxLength)
  return text === null ? null : decodeRecord(record, text, place.label)
}

/**
 * The fields of a record.
 *
 * @throws OsscryptError `CheckpointMismatch`, FormatError, as {@link loadRecord}.
 */
export function decodeRecord(record: RecordKind, text: string, label: string): Record<string, unknown> {
  const { kind, version, ...fields } = parse(text)
  if (kind !== record.kind) throw new OsscryptError('CheckpointMismatch', `${label} is no ${record.kind}`)
  if (version !== record.version) {
    throw new FormatError(`${label} was written by another version of osscrypt`, 'UnsupportedVersion')
  }
  return fields
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
