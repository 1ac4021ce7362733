import type { VersionPage, VersionQuery } from '../protocol/backend.js'
import { listKeys } from './list-keys.js'
import type { ObjectIndex } from './object-index.js'
import type { ObjectRecord } from './object-record.js'
import { compareUtf8 } from './utf8-order.js'

/** Lists versions and delete markers, by key, the newest of each key first. */
export function listVersions(index: ObjectIndex, query: VersionQuery): VersionPage {
  const { after, afterVersionId, limit } = query
  const started = afterVersionId === '' ? [] : versionsAfter(index.versionsOf(after), afterVersionId)
  const page = listKeys(index.keys, query, () => true)
  const versions = [...started, ...page.entries.flatMap((key) => index.versionsOf(key))]
  const listed = versions.slice(0, Math.max(limit - page.commonPrefixes.length, 1))
  const last = listed.at(-1)
  const isCut = listed.length < versions.length
  return {
    entries: listed.map((record) => ({ ...record, isLatest: index.versionsOf(record.key)[0] === record })),
    commonPrefixes: page.commonPrefixes.filter((common) => !isCut || compareUtf8(common, last?.key ?? '') < 0),
    next: isCut ? (last?.key ?? '') : page.next,
    nextVersionId: isCut ? last?.versionId : undefined,
  }
}

function versionsAfter(versions: readonly ObjectRecord[], versionId: string): readonly ObjectRecord[] {
  return versions.slice(versions.findIndex((version) => version.versionId === versionId) + 1)
}
