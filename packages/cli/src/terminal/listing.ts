import type { ObjectDescription } from '../cloud/describe-object.js'
import type { ListedObject } from '../cloud/list-objects.js'
import type { ListedVersion } from '../cloud/list-versions.js'
import { nonEmpty } from '../non-empty.js'
import { formatBytes } from './amounts.js'
import { formatTable } from './table.js'

/** An object of a listing, and what is said of it. */
export interface ListedRow {
  readonly object: ListedObject
  /** The same, where versions are listed. */
  readonly version: ListedVersion | undefined
  /** Undefined where it was not looked at. */
  readonly says: ObjectDescription | undefined
}

/** Bytes of plaintext, or those that OSS holds where nothing else was asked for; undefined where they are not known. */
export function lengthOf({ object, version, says }: ListedRow): number | undefined {
  if (version?.isDeleteMarker === true) return undefined
  return says === undefined ? object.storedLength : says.length
}

/** A listing as lines in columns. */
export async function formatListing(
  prefixes: readonly string[],
  rows: readonly ListedRow[],
  { long, human }: { readonly long: boolean; readonly human: boolean },
): Promise<readonly string[]> {
  const versions = rows.some(({ version }) => version !== undefined)
  const blank = Array.from({ length: 2 + (long ? 2 : 0) + (versions ? 2 : 0) }, () => '')
  const lengthText = (row: ListedRow) => {
    const length = lengthOf(row)
    if (length === undefined) return row.version?.isDeleteMarker === true ? '-' : '?'
    return human ? formatBytes(length) : String(length)
  }
  const lines = rows.map((row) => [
    timeOf(row.object.lastModified),
    lengthText(row),
    ...(long ? [describeFormat(row.says), nonEmpty(row.says?.cmks.join(',')) ?? '-'] : []),
    ...(versions ? [row.version?.versionId ?? '', kindOf(row.version)] : []),
    row.object.key,
  ])
  return formatTable([...prefixes.map((prefix) => [...blank, prefix]), ...lines], [1])
}

/** What OSS does not say of a delete marker is whether it is the latest. */
function kindOf(version: ListedVersion | undefined): string {
  if (version?.isDeleteMarker === true) return 'delete marker'
  return version?.isLatest === true ? 'latest' : ''
}

function timeOf(date: Date): string {
  return date.toISOString().replace('T', ' ').replace(/\.\d+/, '')
}

function describeFormat(says: ObjectDescription | undefined): string {
  if (!says) return '-'
  return says.integrity === 'none' ? `${says.format} (no integrity)` : says.format
}
