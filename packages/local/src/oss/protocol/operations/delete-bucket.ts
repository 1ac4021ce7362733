import type { Answer } from '../request/answer.js'
import type { OssCall } from '../request/oss-call.js'

export async function deleteBucket({ backend, bucketName }: OssCall): Promise<Answer> {
  await backend.deleteBucket(bucketName)
  return { status: 204 }
}
