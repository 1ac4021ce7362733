import { encryptionHeaders } from './encryption.js'
import { restoreHeader } from './restore.js'
import type { BucketFacts, ObjectFacts } from '../facts.js'

type AnswerHeaders = Record<string, string | number | undefined>

/** `x-oss-version-id`, which only objects of versioned buckets have. */
export function versionHeader({ versioning }: BucketFacts, { versionId }: ObjectFacts): string | undefined {
  return versioning === undefined ? undefined : versionId
}

/** The headers that tell whether an object has changed. */
export function validatorHeaders(object: ObjectFacts): AnswerHeaders {
  return { etag: `"${object.etag}"`, 'last-modified': new Date(object.lastModifiedMs).toUTCString() }
}

/** The headers of an object that is read, ranged or whole: everything kept with it and what OSS knows about the whole of it. */
export function objectHeaders(bucket: BucketFacts, object: ObjectFacts, nowMs: number): AnswerHeaders {
  return {
    ...object.headers,
    ...encryptionHeaders(object.encryption),
    ...validatorHeaders(object),
    'accept-ranges': 'bytes',
    'x-oss-object-type': object.type,
    'x-oss-hash-crc64ecma': object.crc64,
    'x-oss-next-append-position': object.type === 'Appendable' ? object.size : undefined,
    'x-oss-restore': restoreHeader(object, nowMs),
    'x-oss-storage-class': object.storageClass,
    'x-oss-tagging-count': object.tags.length > 0 ? object.tags.length : undefined,
    'x-oss-version-id': versionHeader(bucket, object),
  }
}

/** The Content-MD5 header of a whole object; OSS has none for objects put together from parts, but for sequential ones. */
export function contentMd5(object: ObjectFacts): string | undefined {
  return object.type === 'Normal' ? md5OfEtag(object) : object.contentMd5
}

/** The Content-MD5 of what came in one piece. */
export function md5OfEtag({ etag }: { readonly etag: string }): string {
  return Buffer.from(etag, 'hex').toString('base64')
}
