import type { BucketFacts, ObjectTraits } from '../facts.js'
import { checkCopyLength, findCopySource, type CopySource } from '../object/copy-source.js'
import { checkKey } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { invalidHeader, readTraits } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, placeOf, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function copyObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  const source = await findCopySource(call)
  if (source === null) return { status: 304 }
  checkCopyLength(source, call.bucketName)
  const object = await source.object.copyTo(placeOf(call), copiedTraits(call, source, bucket))
  const result = { ETag: `"${object.etag}"`, LastModified: new Date(object.lastModifiedMs).toISOString() }
  const { versionId } = source.object.facts
  return xmlAnswer(writeXml('CopyObjectResult', result), {
    etag: `"${object.etag}"`,
    'x-oss-hash-crc64ecma': object.crc64,
    'x-oss-version-id': versionHeader(bucket, object),
    'x-oss-copy-source-version-id': versionId === 'null' ? undefined : versionId,
  })
}

function isSelfCopy({ bucketName, key }: OssCall, source: CopySource): boolean {
  return source.bucketName === bucketName && source.object.facts.key === key
}

/** A copy onto itself replaces the metadata whatever the directive says. */
function copiedTraits(call: OssCall, source: CopySource, bucket: BucketFacts): ObjectTraits {
  const given = readTraits(call.headers, bucket.storageClass)
  const { facts } = source.object
  const replacesHeaders = directive(call, 'x-oss-metadata-directive') === 'REPLACE' || isSelfCopy(call, source)
  const replacesTags = directive(call, 'x-oss-tagging-directive') === 'REPLACE'
  return {
    headers: replacesHeaders ? given.headers : facts.headers,
    tags: replacesTags ? given.tags : facts.tags,
    storageClass: given.storageClass,
    acl: given.acl,
  }
}

function directive(call: OssCall, name: string): string {
  const value = (call.headers.get(name) ?? 'COPY').toUpperCase()
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidHeader(name, value)
  return value
}
