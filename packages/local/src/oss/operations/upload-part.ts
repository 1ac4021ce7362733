import { findUpload, noSuchUpload, readPartNumber } from '../object/find-upload.js'
import { commitOrRemove, etagOf, receiveBody } from '../object/receive-body.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import type { PartRecord } from '../store/object-record.js'
import type { StoredBody } from '../store/write-body.js'

export async function uploadPart(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const partNumber = readPartNumber(call)
  const { uploadId } = findUpload(bucket, call)
  const body = await receiveBody(call, bucket)
  const part = partOf(uploadId, partNumber, body, call.nowMs)
  commitOrRemove(bucket, body, () => {
    if (!bucket.uploads.putPart(part)) throw noSuchUpload(uploadId)
  })
  return {
    status: 200,
    headers: {
      etag: `"${part.etag}"`,
      'x-oss-hash-crc64ecma': part.crc64,
      'content-md5': body.md5.toString('base64'),
    },
  }
}

export function partOf(uploadId: string, partNumber: number, body: StoredBody, nowMs: number): PartRecord {
  return {
    uploadId,
    partNumber,
    size: body.length,
    etag: etagOf(body),
    crc64: body.crc64.toString(),
    lastModifiedMs: wholeSecond(nowMs),
    pieces: body.pieces,
  }
}
