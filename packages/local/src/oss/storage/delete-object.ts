import type { Deletion } from '../protocol/backend.js'
import type { Bucket } from './bucket.js'
import type { NewObject } from './object-record.js'

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

function deleteMarker(key: string, nowMs: number): NewObject {
  return {
    key,
    deleteMarker: true,
    type: 'Normal',
    size: 0,
    etag: '',
    crc64: '0',
    lastModifiedMs: nowMs,
    pieces: [],
    headers: {},
    storageClass: 'Standard',
    acl: 'default',
    tags: [],
  }
}
