import { checkEncryptedPart } from '../object/client-encryption.js'
import { encryptionHeaders } from '../object/encryption.js'
import { md5OfEtag } from '../object/object-headers.js'
import { readPartNumber } from '../object/part-number.js'
import { requestBodyOf } from '../object/request-body.js'
import type { Answer } from '../request/answer.js'
import { uploadOf, wholeSecond, type OssCall } from '../request/oss-call.js'

export async function uploadPart(call: OssCall): Promise<Answer> {
  const partNumber = readPartNumber(call)
  const upload = await uploadOf(call)
  const { headers } = upload.facts.traits
  const body = checkEncryptedPart(headers, call.headers, partNumber, requestBodyOf(call))
  const part = await upload.putPart(partNumber, body, wholeSecond(call.nowMs))
  return {
    status: 200,
    headers: {
      etag: `"${part.etag}"`,
      'x-oss-hash-crc64ecma': part.crc64,
      'content-md5': md5OfEtag(part),
      ...encryptionHeaders(upload.facts.traits.encryption),
    },
  }
}
