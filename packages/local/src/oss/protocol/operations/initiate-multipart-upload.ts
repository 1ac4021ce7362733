import { randomBytes } from 'node:crypto'
import { checkKey, keyWriter } from '../object/key.js'
import { readTraits } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, placeOf, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function initiateMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  const { encodingType, write } = keyWriter(call.query)
  const traits = readTraits(call.headers, bucket.storageClass)
  const uploadId = randomBytes(16).toString('hex').toUpperCase()
  const { nowMs, forbidOverwrite } = placeOf(call)
  await call.backend.beginUpload(bucket.name, { uploadId, key: call.key, initiatedMs: nowMs, traits }, forbidOverwrite)
  return xmlAnswer(
    writeXml('InitiateMultipartUploadResult', {
      EncodingType: encodingType,
      Bucket: call.bucketName,
      Key: write(call.key),
      UploadId: uploadId,
    }),
  )
}
