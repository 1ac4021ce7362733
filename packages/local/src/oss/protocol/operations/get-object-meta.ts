import { validatorHeaders, versionHeader } from '../object/object-headers.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, objectOf, type OssCall } from '../request/oss-call.js'

/** The few headers that OSS finds without looking into the object; the answer to GET has no body either. */
export async function getObjectMeta(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { facts } = await objectOf(call)
  return {
    status: 200,
    headers: {
      ...validatorHeaders(facts),
      'content-length': call.request.method === 'HEAD' ? facts.size : 0,
      'x-oss-hash-crc64ecma': facts.crc64,
      'x-oss-version-id': versionHeader(bucket, facts),
    },
  }
}
