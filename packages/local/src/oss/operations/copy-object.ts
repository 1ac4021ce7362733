import { checkCopyLength, findCopySource, type CopySource } from '../object/copy-source.js'
import { checkOverwrite } from '../object/find-object.js'
import { checkKey } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { invalidHeader, readTraits } from '../object/traits.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import type { DataPiece, ObjectTraits } from '../store/object-record.js'
import { writeXml } from '../xml/write-xml.js'

/** No byte is copied: the new object gets the source's data files, or other names of them. */
export async function copyObject(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  checkKey(call.key)
  const source = findCopySource(call)
  if (source === null) return { status: 304 }
  checkCopyLength(source, bucket)
  checkOverwrite(bucket, call.key, call.headers)
  const { type, size, etag, crc64, versionId } = source.record
  const record = bucket.commit({
    ...copiedTraits(call, source, bucket),
    key: call.key,
    deleteMarker: false,
    type,
    size,
    etag,
    crc64,
    lastModifiedMs: wholeSecond(call.nowMs),
    pieces: copiedPieces(call, source, bucket),
  })
  const result = { ETag: `"${etag}"`, LastModified: new Date(record.lastModifiedMs).toISOString() }
  return xmlAnswer(writeXml('CopyObjectResult', result), {
    etag: `"${etag}"`,
    'x-oss-hash-crc64ecma': crc64,
    'x-oss-version-id': versionHeader(bucket, record),
    'x-oss-copy-source-version-id': versionId === 'null' ? undefined : versionId,
  })
}

function isSelfCopy({ bucketName, key }: OssCall, source: CopySource): boolean {
  return source.bucket.record.name === bucketName && source.record.key === key
}

/** A copy onto itself replaces the metadata whatever the directive says. */
function copiedTraits(call: OssCall, source: CopySource, bucket: Bucket): ObjectTraits {
  const given = readTraits(call.headers, bucket.record.storageClass)
  const replacesHeaders = directive(call, 'x-oss-metadata-directive') === 'REPLACE' || isSelfCopy(call, source)
  const replacesTags = directive(call, 'x-oss-tagging-directive') === 'REPLACE'
  return {
    headers: replacesHeaders ? given.headers : source.record.headers,
    tags: replacesTags ? given.tags : source.record.tags,
    storageClass: given.storageClass,
    acl: given.acl,
  }
}

function directive(call: OssCall, name: string): string {
  const value = (call.headers.get(name) ?? 'COPY').toUpperCase()
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidHeader(name, value)
  return value
}

/** The version that is about to be replaced leaves its files to the one that replaces it. */
function copiedPieces(call: OssCall, { bucket: from, record }: CopySource, bucket: Bucket): readonly DataPiece[] {
  const replaces = from === bucket && record.key === call.key && bucket.record.versioning !== 'Enabled'
  return replaces && record.versionId === 'null' ? record.pieces : bucket.data.adopt(from.data, record.pieces)
}
