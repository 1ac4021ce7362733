import type { UploadPage, UploadQuery } from '../protocol/backend.js'
import type { UploadFacts } from '../protocol/facts.js'
import { listKeys } from './list-keys.js'
import { compareUtf8 } from './utf8-order.js'

/** Each upload is listed like an object called by its key and, as several may have the same, its id. */
export function listUploads(uploads: readonly UploadFacts[], query: UploadQuery): UploadPage {
  const { after, afterUploadId, delimiter } = query
  const byName = new Map(uploads.map((upload) => [nameOf(upload.key, upload.uploadId), upload]))
  const sorted = [...byName.keys()].sort(compareUtf8)
  const isFollowing = (name: string): boolean => afterUploadId !== '' || byName.get(name)?.key !== after
  const isPrefixDone = (name: string): boolean =>
    delimiter !== '' && after.endsWith(delimiter) && name.startsWith(after)
  const page = listKeys(
    sorted,
    { ...query, after: after === '' ? '' : nameOf(after, afterUploadId) },
    (name) => isFollowing(name) && !isPrefixDone(name),
  )
  const last = page.next === null ? undefined : byName.get(page.next)
  return {
    entries: page.entries.flatMap((name) => byName.get(name) ?? []),
    commonPrefixes: page.commonPrefixes,
    next: last?.key ?? page.next,
    nextUploadId: last?.uploadId,
  }
}

/** The id follows a character that sorts before all others. */
function nameOf(key: string, uploadId: string): string {
  return `${key}\u0000${uploadId}`
}
