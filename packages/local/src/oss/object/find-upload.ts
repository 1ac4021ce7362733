import { OssError } from '../error/oss-error.js'
import { invalidParameter, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import type { Upload } from '../store/upload-index.js'

const MAX_PART_NUMBER = 10_000

/** @throws `OssError` NoSuchUpload. */
export function findUpload(bucket: Bucket, { key, query }: OssCall): Upload {
  const uploadId = query.get('uploadId') ?? ''
  const upload = bucket.uploads.find(uploadId, key)
  if (upload === null) throw noSuchUpload(uploadId)
  return upload
}

export function noSuchUpload(uploadId: string): OssError {
  return new OssError('NoSuchUpload', { elements: { UploadId: uploadId } })
}

/** @throws `OssError` InvalidArgument. */
export function readPartNumber({ query }: OssCall): number {
  const text = query.get('partNumber') ?? ''
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (partNumber < 1 || partNumber > MAX_PART_NUMBER) throw invalidParameter('partNumber', text)
  return partNumber
}
