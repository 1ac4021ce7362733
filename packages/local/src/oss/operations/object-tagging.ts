import { OssError } from '../error/oss-error.js'
import { findObject } from '../object/find-object.js'
import { versionHeader } from '../object/object-headers.js'
import { checkTags } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import type { ObjectTag } from '../store/object-record.js'
import { childOf, childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

export async function getObjectTagging(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  const Tag = record.tags.map(([Key, Value]) => ({ Key, Value }))
  return xmlAnswer(writeXml('Tagging', { TagSet: { Tag } }), { 'x-oss-version-id': versionHeader(bucket, record) })
}

export async function putObjectTagging(call: OssCall): Promise<Answer> {
  const { tree } = await readXmlBody(call.request, 'Tagging')
  const tags = childrenOf(childOf(tree, 'TagSet'), 'Tag').map((tag): ObjectTag => {
    const key = textOf(tag, 'Key')
    if (key === undefined) throw new OssError('MalformedXML')
    return [key, textOf(tag, 'Value') ?? '']
  })
  return replaceTags(call, checkTags(tags), 200)
}

export async function deleteObjectTagging(call: OssCall): Promise<Answer> {
  return replaceTags(call, [], 204)
}

function replaceTags(call: OssCall, tags: readonly ObjectTag[], status: number): Answer {
  const bucket = bucketOf(call)
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  bucket.amend(record, { tags })
  return { status, headers: { 'x-oss-version-id': versionHeader(bucket, record) } }
}
