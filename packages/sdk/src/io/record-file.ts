import { FormatError, OsscryptError } from '../errors.js'
import { readOwnFile } from './own-file.js'
import { writePrivateFile } from './private-file.js'

/** What a kind of file says about itself. */
export interface RecordKind {
  /** Such as `osscrypt upload checkpoint`. */
  readonly kind: string
  /** Of the fields; a file of another version is not read. */
  readonly version: number
  /** The longest file that is read. */
  readonly maxLength: number
}

/** Writes fields as JSON into a file that only its owner may read, in place of the one that is there: all of it or nothing. */
export function saveRecord({ kind, version }: RecordKind, path: string, fields: object): Promise<void> {
  return writePrivateFile(path, `${JSON.stringify({ kind, version, ...fields })}\n`)
}

/**
 * Reads the fields of a file; null when there is none. What they hold is still to be checked.
 *
 * @throws OsscryptError `CheckpointMismatch` when the file is something else; {@link FormatError} when it is of another version; OsscryptError `UntrustedFile` when it is not this user's own;
 *   what the file system says.
 */
export async function loadRecord(record: RecordKind, path: string): Promise<Record<string, unknown> | null> {
  const text = await readOwnFile(path, record.maxLength)
  if (text === null) return null
  const { kind, version, ...fields } = parse(text)
  if (kind !== record.kind) throw new OsscryptError('CheckpointMismatch', `${path} is no ${record.kind}`)
  if (version !== record.version) {
    throw new FormatError(`${path} was written by another version of osscrypt`, 'UnsupportedVersion')
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
