import type { Place } from '../protocol/backend.js'
import { OssError } from '../protocol/error/oss-error.js'
import type { Bucket } from './bucket.js'

/**
 * In a bucket with versions nothing is ever overwritten, and to forbid it means nothing.
 *
 * @throws `OssError` FileAlreadyExists when overwriting is forbidden and the object exists.
 */
export function checkOverwrite(
  bucket: Bucket,
  { key, forbidOverwrite }: Pick<Place, 'key' | 'forbidOverwrite'>,
  ec = '0026-00000002',
): void {
  if (forbidOverwrite && bucket.record.versioning === undefined && bucket.index.current(key) !== null) {
    throw new OssError('FileAlreadyExists', { elements: { Key: key }, ec })
  }
}
