import { checkConditions, READ_CONDITIONS } from '../object/conditions.js'
import { findObject } from '../object/find-object.js'
import { contentMd5, objectHeaders, validatorHeaders } from '../object/object-headers.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function headObject(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  if (!checkConditions(call.headers, READ_CONDITIONS, record)) return { status: 304, headers: validatorHeaders(record) }
  const headers = { ...objectHeaders(bucket, record), 'content-length': record.size, 'content-md5': contentMd5(record) }
  return { status: 200, headers }
}
