import { randomBytes } from 'node:crypto'
import { checkOverwrite } from '../object/find-object.js'
import { checkKey, keyWriter } from '../object/key.js'
import { readTraits } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function initiateMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  checkKey(call.key)
  const { encodingType, write } = keyWriter(call.query)
  const traits = readTraits(call.headers, bucket.record.storageClass)
  checkOverwrite(bucket, call.key, call.headers)
  const uploadId = randomBytes(16).toString('hex').toUpperCase()
  bucket.uploads.begin({ uploadId, key: call.key, initiatedMs: wholeSecond(call.nowMs), traits })
  return xmlAnswer(
    writeXml('InitiateMultipartUploadResult', {
      EncodingType: encodingType,
      Bucket: call.bucketName,
      Key: write(call.key),
      UploadId: uploadId,
    }),
  )
}
