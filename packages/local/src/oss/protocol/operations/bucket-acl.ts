import { invalidHeader } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'
import { BUCKET_ACLS } from './put-bucket.js'

export async function getBucketAcl(call: OssCall): Promise<Answer> {
  const { acl } = await bucketOf(call)
  return xmlAnswer(writeXml('AccessControlPolicy', { Owner: OWNER, AccessControlList: { Grant: acl } }))
}

export async function putBucketAcl(call: OssCall): Promise<Answer> {
  const acl = call.headers.get('x-oss-acl') ?? ''
  if (!BUCKET_ACLS.includes(acl)) throw invalidHeader('x-oss-acl', acl)
  await call.backend.updateBucket(call.bucketName, { acl })
  return { status: 200 }
}
