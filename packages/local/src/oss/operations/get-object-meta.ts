import { findObject } from '../object/find-object.js'
import { validatorHeaders, versionHeader } from '../object/object-headers.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

/** The few headers that OSS finds without looking into the object; the answer to GET has no body either. */
export async function getObjectMeta(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  return {
    status: 200,
    headers: {
      ...validatorHeaders(record),
      'content-length': call.request.method === 'HEAD' ? record.size : 0,
      'x-oss-hash-crc64ecma': record.crc64,
      'x-oss-version-id': versionHeader(bucket, record),
    },
  }
}
