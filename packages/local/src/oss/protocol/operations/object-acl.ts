import { versionHeader } from '../object/object-headers.js'
import { checkObjectAcl } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, objectOf, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

/** ACLs are kept and told; they open nothing to requests without a signature. */
export async function getObjectAcl(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { facts } = await objectOf(call)
  const policy = { Owner: OWNER, AccessControlList: { Grant: facts.acl } }
  return xmlAnswer(writeXml('AccessControlPolicy', policy), { 'x-oss-version-id': versionHeader(bucket, facts) })
}

export async function putObjectAcl(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const acl = checkObjectAcl('x-oss-object-acl', call.headers.get('x-oss-object-acl') ?? '')
  const object = await objectOf(call)
  await object.amend({ acl })
  return { status: 200, headers: { 'x-oss-version-id': versionHeader(bucket, object.facts) } }
}
