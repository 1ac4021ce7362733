import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function getBucketLocation(call: OssCall): Promise<Answer> {
  await bucketOf(call)
  return xmlAnswer(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint>oss-${call.region}</LocationConstraint>\n`,
  )
}
