import { findUpload } from '../object/find-upload.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function abortMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  bucket.uploads.end(findUpload(bucket, call).uploadId, new Set())
  return { status: 204 }
}
