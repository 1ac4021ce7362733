import type { Place } from '../protocol/backend.js'
import { OssError } from '../protocol/error/oss-error.js'
import type { Bucket } from './bucket.js'

/** @throws `OssError` FileAlreadyExists when overwriting is forbidden and the object exists. */
export function checkOverwrite(bucket: Bucket, { key, forbidOverwrite }: Pick<Place, 'key' | 'forbidOverwrite'>): void {
  if (forbidOverwrite && bucket.index.current(key) !== null) {
    throw new OssError('FileAlreadyExists', { elements: { Key: key } })
  }
}
