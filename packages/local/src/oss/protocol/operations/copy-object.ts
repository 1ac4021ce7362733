import type { BucketFacts, ObjectTraits } from '../facts.js'
import { refuseChangedMetadata } from '../object/client-encryption.js'
import { checkCopyLength, findCopySource, type CopySource } from '../object/copy-source.js'
import { checkKey } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { encryptionHeaders } from '../object/encryption.js'
import { invalidHeader } from '../object/invalid-header.js'
import { readTraits } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, placeOf, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function copyObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  checkKey(call.key)
  const source = await findCopySource(call)
  if (source === null) return { status: 304 }
  const traits = copiedTraits(call, source, bucket)
  checkCopyLength(source, call.bucketName, traits)
  const object = await source.object.copyTo(placeOf(call), traits)
  const result = { ETag: `"${object.etag}"`, LastModified: new Date(object.lastModifiedMs).toISOString() }
  const { versionId } = source.object.facts
  return xmlAnswer(writeXml('CopyObjectResult', result), {
    etag: `"${object.etag}"`,
    'x-oss-hash-crc64ecma': call.guesses.copyTellsCrc64 ? object.crc64 : undefined,
    ...encryptionHeaders(object.encryption),
    'x-oss-version-id': versionHeader(bucket, object),
    'x-oss-copy-source-version-id': versionId === 'null' ? undefined : versionId,
  })
}

function isSelfCopy({ bucketName, key }: OssCall, source: CopySource): boolean {
  return source.bucketName === bucketName && source.object.facts.key === key
}

/**
 * A copy onto itself in a bucket without versions replaces the metadata whatever the directive says. Class, ACL and encryption are
 * the request's and the bucket's, never the source's.
 */
function copiedTraits(call: OssCall, source: CopySource, bucket: BucketFacts): ObjectTraits {
  const { facts } = source.object
  const given = readTraits(
    call.headers,
    bucket,
    call.guesses.copyKeepsContentType ? facts.headers['content-type'] : undefined,
  )
  const replacesHeaders =
    directive(call, 'x-oss-metadata-directive') === 'REPLACE' ||
    (bucket.versioning === undefined && isSelfCopy(call, source))
  if (replacesHeaders) refuseChangedMetadata(facts.headers)
  const replacesTags = directive(call, 'x-oss-tagging-directive') === 'REPLACE'
  return {
    headers: replacesHeaders ? given.headers : facts.headers,
    tags: replacesTags ? given.tags : facts.tags,
    storageClass: given.storageClass,
    acl: given.acl,
    encryption: given.encryption,
  }
}

function directive(call: OssCall, name: string): string {
  const value = (call.headers.get(name) ?? 'COPY').toUpperCase()
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidHeader(name, value)
  return value
}
