import { OssError } from '../error/oss-error.js'
import { findBucket, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import type { ObjectRecord } from '../store/object-record.js'
import { checkConditions, COPY_CONDITIONS } from './conditions.js'
import { findObject } from './find-object.js'
import { invalidHeader } from './traits.js'

/** The object that a copy takes its bytes from. */
export interface CopySource {
  readonly bucket: Bucket
  readonly record: ObjectRecord
}

/** 1 GB: the most that CopyObject takes from another bucket. */
const MAX_LENGTH_ACROSS_BUCKETS = 1024 ** 3

/**
 * Finds the object that `x-oss-copy-source` names: `/bucket/key`, the key percent-encoded, with or without `?versionId=`.
 *
 * @returns null when a condition says that the copy is not needed (304).
 * @throws `OssError`
 */
export function findCopySource(call: OssCall): CopySource | null {
  const header = call.headers.get('x-oss-copy-source') ?? ''
  const [, encodedBucket, encodedKey, versionId] = /^\/?([^/?]+)\/([^?]+)(?:\?versionId=([^&]*))?$/.exec(header) ?? []
  if (encodedBucket === undefined || encodedKey === undefined) throw invalidHeader('x-oss-copy-source', header)
  const bucket = findBucket(call, decode(encodedBucket, header))
  const record = findObject(bucket, decode(encodedKey, header), versionId)
  return checkConditions(call.headers, COPY_CONDITIONS, record) ? { bucket, record } : null
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidHeader('x-oss-copy-source', header)
  }
}

/** @throws `OssError` EntityTooLarge. */
export function checkCopyLength(source: CopySource, target: Bucket): void {
  if (source.bucket !== target && source.record.size > MAX_LENGTH_ACROSS_BUCKETS) {
    throw new OssError('EntityTooLarge', { message: 'Source object Length exceeds the maximum allowed size' })
  }
}
