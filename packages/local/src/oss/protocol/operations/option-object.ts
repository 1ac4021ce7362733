import { preflightHeaders } from '../cors.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

/** A browser's question whether a page may send a request. */
export async function optionObject(call: OssCall): Promise<Answer> {
  const { cors } = await bucketOf(call)
  return { status: 200, headers: preflightHeaders(cors, call.headers) }
}
