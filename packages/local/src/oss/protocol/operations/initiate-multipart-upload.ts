import { randomBytes } from 'node:crypto'
import { checkClientEncryption } from '../object/client-encryption.js'
import { encryptionHeaders } from '../object/encryption.js'
import { checkKey, keyAnswer, readEncodingType } from '../object/key.js'
import { readTraits } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, placeOf, type OssCall } from '../request/oss-call.js'

export async function initiateMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  readEncodingType(call.query)
  checkClientEncryption(call.headers, true)
  const traits = readTraits(call.headers, bucket)
  const uploadId = randomBytes(16).toString('hex').toUpperCase()
  const { nowMs, forbidOverwrite } = placeOf(call)
  const upload = { uploadId, key: call.key, initiatedMs: nowMs, traits, isSequential: call.query.has('sequential') }
  await call.backend.beginUpload(bucket.name, upload, forbidOverwrite)
  return keyAnswer(
    call,
    'InitiateMultipartUploadResult',
    (write) => ({
      Bucket: call.bucketName,
      Key: write(call.key),
      UploadId: uploadId,
    }),
    encryptionHeaders(traits.encryption),
  )
}
