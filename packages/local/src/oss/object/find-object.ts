import { OssError } from '../error/oss-error.js'
import type { Bucket } from '../store/bucket.js'
import type { ObjectRecord } from '../store/object-record.js'

/**
 * The version of an object that a request names, or its newest.
 *
 * @throws `OssError` NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker that is named.
 */
export function findObject(bucket: Bucket, key: string, versionId: string | undefined): ObjectRecord {
  const versions = bucket.index.versionsOf(key)
  const record = versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId)
  if (record === undefined && versionId !== undefined) {
    throw new OssError('NoSuchVersion', { elements: { Key: key, VersionId: versionId } })
  }
  if (record === undefined) throw new OssError('NoSuchKey', { elements: { Key: key } })
  if (record.deleteMarker) {
    const headers = { 'x-oss-delete-marker': 'true', 'x-oss-version-id': record.versionId }
    throw versionId === undefined
      ? new OssError('NoSuchKey', { elements: { Key: key }, headers })
      : new OssError('MethodNotAllowed', { elements: { Method: 'GET', ResourceType: 'DeleteMarker' }, headers })
  }
  return record
}

/** The newest version of an object, or `null` when there is none or it was deleted. */
export function currentObject(bucket: Bucket, key: string): ObjectRecord | null {
  const record = bucket.index.versionsOf(key)[0]
  return record === undefined || record.deleteMarker ? null : record
}

/** @throws `OssError` FileAlreadyExists when the request forbids overwriting and the object exists. */
export function checkOverwrite(bucket: Bucket, key: string, headers: ReadonlyMap<string, string>): void {
  if (headers.get('x-oss-forbid-overwrite') === 'true' && currentObject(bucket, key) !== null) {
    throw new OssError('FileAlreadyExists', { elements: { Key: key } })
  }
}
