import { findObject } from '../object/find-object.js'
import { versionHeader } from '../object/object-headers.js'
import { checkObjectAcl } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

/** ACLs are kept and told; they open nothing to requests without a signature. */
export async function getObjectAcl(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  const policy = { Owner: OWNER, AccessControlList: { Grant: record.acl } }
  return xmlAnswer(writeXml('AccessControlPolicy', policy), { 'x-oss-version-id': versionHeader(bucket, record) })
}

export async function putObjectAcl(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const acl = checkObjectAcl('x-oss-object-acl', call.headers.get('x-oss-object-acl') ?? '')
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  bucket.amend(record, { acl })
  return { status: 200, headers: { 'x-oss-version-id': versionHeader(bucket, record) } }
}
