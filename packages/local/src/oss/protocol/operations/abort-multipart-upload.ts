import type { Answer } from '../request/answer.js'
import { uploadOf, type OssCall } from '../request/oss-call.js'

export async function abortMultipartUpload(call: OssCall): Promise<Answer> {
  const upload = await uploadOf(call)
  await upload.abort()
  return { status: 204 }
}
