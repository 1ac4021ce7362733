import type { Bucket } from '../store/bucket.js'
import type { ObjectRecord } from '../store/object-record.js'
import { wholeSecond } from '../request/oss-call.js'

/** What became of a key: the version that was removed, or the delete marker that was put on top. */
export interface Deletion {
  readonly versionId?: string
  readonly isMarker: boolean
}

/** Deletes an object, or the version that is named. That it does not exist is fine. */
export function deleteObject(bucket: Bucket, key: string, versionId: string | undefined, nowMs: number): Deletion {
  const versions = bucket.index.versionsOf(key)
  const { versioning } = bucket.record
  if (versionId !== undefined || versioning === undefined) {
    const record = versions.find((version) => version.versionId === (versionId ?? 'null'))
    if (record !== undefined) bucket.remove(record)
    return versionId === undefined ? { isMarker: false } : { versionId, isMarker: record?.deleteMarker ?? false }
  }
  const marker = bucket.commit(deleteMarker(key, nowMs))
  return { versionId: marker.versionId, isMarker: true }
}

function deleteMarker(key: string, nowMs: number): Omit<ObjectRecord, 'order' | 'versionId'> {
  return {
    key,
    deleteMarker: true,
    type: 'Normal',
    size: 0,
    etag: '',
    crc64: '0',
    lastModifiedMs: wholeSecond(nowMs),
    pieces: [],
    headers: {},
    storageClass: 'Standard',
    acl: 'default',
    tags: [],
  }
}
