import type { ObjectLocation } from '../location.js'
import { nonEmpty } from '../non-empty.js'
import { askOss } from './ask-oss.js'
import { decodeKey, type ListedObject } from './list-objects.js'
import type { Session } from './session.js'

/** A version of an object as a listing shows it, or the mark that it was deleted. */
export interface ListedVersion extends ListedObject {
  readonly versionId: string
  readonly isLatest: boolean
  /** There is nothing to be read. */
  readonly isDeleteMarker: boolean
}

interface RawVersion {
  readonly name: string
  readonly versionId: string
  readonly lastModified: string
  /** Not said of delete markers. */
  readonly isLatest?: boolean
  readonly size?: number
  readonly storageClass?: string
}

interface RawPage {
  readonly objects: readonly RawVersion[]
  readonly deleteMarker: readonly RawVersion[]
  readonly prefixes: readonly string[] | null
  readonly isTruncated: boolean
  readonly nextKeyMarker: string | null
  readonly nextVersionIdMarker: string | null
}

/** What ali-oss has, and its types do not tell of. */
interface VersionLister {
  getBucketVersions(query: Record<string, string>): Promise<RawPage>
}

/** Lists all versions of what starts with a location's key, page by page, of each key the newest first. */
export async function* listVersionPages(
  session: Session,
  { bucket, key }: ObjectLocation,
  { delimiter, signal }: { readonly delimiter?: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<{ readonly objects: readonly ListedVersion[]; readonly prefixes: readonly string[] }> {
  const store = (await session.rawStore(bucket)) as unknown as VersionLister
  let after: Readonly<Record<string, string | undefined>> | undefined = {}
  let lastKey: string | undefined
  while (after !== undefined) {
    const query = { prefix: nonEmpty(key), delimiter, 'max-keys': '1000', 'encoding-type': 'url', ...after }
    const given = Object.entries(query).filter((each): each is [string, string] => each[1] !== undefined)
    const page: RawPage = await askOss(
      `ListObjectVersions of ${bucket}`,
      () => store.getBucketVersions(Object.fromEntries(given)),
      { retry: session.retry, signal },
    )
    const objects = [...page.objects.map(versionOf), ...page.deleteMarker.map(markerOf)].sort(inOrder)
    yield {
      objects: objects.map((each, at) => ofItsKey(each, objects[at - 1]?.key ?? lastKey)),
      prefixes: (page.prefixes ?? []).map(decodeKey),
    }
    lastKey = objects.at(-1)?.key ?? lastKey
    after = page.isTruncated && page.nextKeyMarker !== null ? markersOf(page.nextKeyMarker, page) : undefined
  }
}

/** All versions of what starts with a location's key. */
export async function* listVersions(
  session: Session,
  location: ObjectLocation,
  signal: AbortSignal,
): AsyncGenerator<ListedVersion> {
  for await (const { objects } of listVersionPages(session, location, { signal })) yield* objects
}

/** Whether there is a version, or a delete marker, of an object. */
export async function hasVersion(
  session: Session,
  location: ObjectLocation,
  versionId: string,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const { objects } of listVersionPages(session, location, { signal })) {
    if (objects.some((each) => each.key === location.key && each.versionId === versionId)) return true
    // Keys come in order: that of the location before those that only begin with it.
    if (objects.some(({ key }) => key !== location.key)) return false
  }
  return false
}

function versionOf({ name, versionId, lastModified, isLatest, size, storageClass }: RawVersion): ListedVersion {
  return {
    key: decodeKey(name),
    storedLength: size ?? 0,
    storageClass,
    lastModified: new Date(lastModified),
    versionId,
    isLatest: isLatest === true,
    isDeleteMarker: false,
  }
}

function markerOf(raw: RawVersion): ListedVersion {
  return { ...versionOf(raw), isDeleteMarker: true }
}

function markersOf(nextKey: string, { nextVersionIdMarker }: RawPage): Readonly<Record<string, string | undefined>> {
  return { 'key-marker': decodeKey(nextKey), 'version-id-marker': nonEmpty(nextVersionIdMarker ?? '') }
}

/** A delete marker that comes first of its key is the newest: nothing says it. */
function ofItsKey(version: ListedVersion, keyBefore: string | undefined): ListedVersion {
  return version.isDeleteMarker && version.key !== keyBefore ? { ...version, isLatest: true } : version
}

/** OSS lists versions and delete markers apart, with times in seconds. */
function inOrder(a: ListedVersion, b: ListedVersion): number {
  if (a.key !== b.key) return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))
  return (
    Number(b.isLatest) - Number(a.isLatest) ||
    b.lastModified.getTime() - a.lastModified.getTime() ||
    Number(b.isDeleteMarker) - Number(a.isDeleteMarker)
  )
}
