import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function getBucketAcl(call: OssCall): Promise<Answer> {
  const { acl } = await bucketOf(call)
  return xmlAnswer(writeXml('AccessControlPolicy', { Owner: OWNER, AccessControlList: { Grant: acl } }))
}
