import type { Bucket } from '../store/bucket.js'
import type { ObjectRecord } from '../store/object-record.js'

type AnswerHeaders = Record<string, string | number | undefined>

/** `x-oss-version-id`, which only objects of versioned buckets have. */
export function versionHeader({ record: { versioning } }: Bucket, { versionId }: ObjectRecord): string | undefined {
  return versioning === undefined ? undefined : versionId
}

/** The headers that tell whether an object has changed. */
export function validatorHeaders(record: ObjectRecord): AnswerHeaders {
  return { etag: `"${record.etag}"`, 'last-modified': new Date(record.lastModifiedMs).toUTCString() }
}

/** The headers of an object that is read, ranged or whole: everything kept with it and what OSS knows about the whole of it. */
export function objectHeaders(bucket: Bucket, record: ObjectRecord): AnswerHeaders {
  return {
    ...record.headers,
    ...validatorHeaders(record),
    'accept-ranges': 'bytes',
    'x-oss-object-type': record.type,
    'x-oss-hash-crc64ecma': record.crc64,
    'x-oss-storage-class': record.storageClass,
    'x-oss-tagging-count': record.tags.length > 0 ? record.tags.length : undefined,
    'x-oss-version-id': versionHeader(bucket, record),
  }
}

/** The Content-MD5 header of a whole object; OSS has none for objects that were put together from parts. */
export function contentMd5(record: ObjectRecord): string | undefined {
  return record.type === 'Normal' ? Buffer.from(record.etag, 'hex').toString('base64') : undefined
}
