import { encryptionHeaders } from '../object/encryption.js'
import { checkKey } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { requestBodyOf } from '../object/request-body.js'
import { readTraits } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, invalidParameter, placeOf, type OssCall } from '../request/oss-call.js'

export async function appendObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  const text = call.query.get('position') ?? ''
  if (!/^\d{1,15}$/.test(text)) throw invalidParameter('position', text)
  const traits = readTraits(call.headers, bucket)
  const object = await call.backend.appendObject(placeOf(call), traits, Number(text), requestBodyOf(call))
  return {
    status: 200,
    headers: {
      etag: `"${object.etag}"`,
      'x-oss-hash-crc64ecma': object.crc64,
      'x-oss-next-append-position': object.size,
      ...encryptionHeaders(object.encryption),
      'x-oss-version-id': versionHeader(bucket, object),
    },
  }
}
