import { checkKey } from '../object/key.js'
import { readCallback } from '../callback/read-callback.js'
import { answerUpload } from '../callback/send-callback.js'
import { checkClientEncryption } from '../object/client-encryption.js'
import { refuseConditions } from '../object/conditions.js'
import { encryptionHeaders } from '../object/encryption.js'
import { md5OfEtag, versionHeader } from '../object/object-headers.js'
import { requestBodyOf } from '../object/request-body.js'
import { readTraits } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, placeOf, type OssCall } from '../request/oss-call.js'

export async function putObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  refuseConditions(call.headers)
  checkClientEncryption(call.headers)
  const traits = readTraits(call.headers, bucket)
  const callback = readCallback(call)
  const object = await call.backend.putObject(placeOf(call), traits, requestBodyOf(call))
  const isTold = call.guesses.putTellsDefaultEncryption || call.headers.has('x-oss-server-side-encryption')
  const answer = {
    status: 200,
    headers: {
      etag: `"${object.etag}"`,
      'x-oss-hash-crc64ecma': object.crc64,
      'content-md5': md5OfEtag(object),
      ...encryptionHeaders(isTold ? object.encryption : undefined),
      'x-oss-version-id': versionHeader(bucket, object),
    },
  }
  return answerUpload(call, 'PutObject', { object, callback, answer })
}
