import { OssError } from '../error/oss-error.js'
import type { ObjectTag } from '../facts.js'
import { versionHeader } from '../object/object-headers.js'
import { checkTags } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, objectOf, type OssCall } from '../request/oss-call.js'
import { childOf, childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

export async function getObjectTagging(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { facts } = await objectOf(call)
  const Tag = facts.tags.map(([Key, Value]) => ({ Key, Value }))
  return xmlAnswer(writeXml('Tagging', { TagSet: { Tag } }), { 'x-oss-version-id': versionHeader(bucket, facts) })
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

async function replaceTags(call: OssCall, tags: readonly ObjectTag[], status: number): Promise<Answer> {
  const bucket = await bucketOf(call)
  const object = await objectOf(call)
  await object.amend({ tags })
  return { status, headers: { 'x-oss-version-id': versionHeader(bucket, object.facts) } }
}
