import { checkConditions, READ_CONDITIONS } from '../object/conditions.js'
import { contentMd5, objectHeaders, validatorHeaders } from '../object/object-headers.js'
import { readableObjectOf } from '../object/follow-symlink.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function headObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { facts } = await readableObjectOf(call)
  if (!checkConditions(call.headers, READ_CONDITIONS, facts)) return { status: 304, headers: validatorHeaders(facts) }
  const headers = {
    ...objectHeaders(bucket, facts, call.nowMs),
    'content-length': facts.size,
    'content-md5': contentMd5(facts),
  }
  return { status: 200, headers }
}
