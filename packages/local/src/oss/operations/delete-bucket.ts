import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function deleteBucket(call: OssCall): Promise<Answer> {
  call.store.delete(bucketOf(call))
  return { status: 204 }
}
