import { OssError } from '../error/oss-error.js'
import { findCopySource, type CopySource } from '../object/copy-source.js'
import { findUpload, noSuchUpload, readPartNumber } from '../object/find-upload.js'
import { resolveRange, type ByteRange } from '../object/range.js'
import { commitOrRemove, MAX_BODY_LENGTH } from '../object/receive-body.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import { readData } from '../store/read-data.js'
import { writeBody, type StoredBody } from '../store/write-body.js'
import { writeXml } from '../xml/write-xml.js'
import { partOf } from './upload-part.js'

/** A range that is not one of the source's makes the whole source the part, as GetObject would answer it. */
export async function uploadPartCopy(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const partNumber = readPartNumber(call)
  const { uploadId } = findUpload(bucket, call)
  const source = findCopySource(call)
  if (source === null) return { status: 304 }
  const { size, versionId } = source.record
  const range = resolveRange(call.headers.get('x-oss-copy-source-range'), false, size) ?? { start: 0, length: size }
  if (range.length > MAX_BODY_LENGTH) {
    throw new OssError('EntityTooLarge', { message: 'Source object Length exceeds the maximum allowed size' })
  }
  const body = await copyRange(bucket, source, range)
  const part = partOf(uploadId, partNumber, body, call.nowMs)
  commitOrRemove(bucket, body, () => {
    if (!bucket.uploads.putPart(part)) throw noSuchUpload(uploadId)
  })
  const result = { LastModified: new Date(part.lastModifiedMs).toISOString(), ETag: `"${part.etag}"` }
  return xmlAnswer(writeXml('CopyPartResult', result), {
    etag: `"${part.etag}"`,
    'x-oss-hash-crc64ecma': part.crc64,
    'x-oss-copy-source-version-id': versionId === 'null' ? undefined : versionId,
  })
}

/** The checksums of a whole object that was put in one piece are known, and its file only needs another name. */
async function copyRange(bucket: Bucket, { bucket: from, record }: CopySource, range: ByteRange): Promise<StoredBody> {
  if (range.length === record.size && record.type === 'Normal') {
    const pieces = bucket.data.adopt(from.data, record.pieces)
    return { length: record.size, md5: Buffer.from(record.etag, 'hex'), crc64: BigInt(record.crc64), pieces }
  }
  const release = from.data.hold(record.pieces)
  try {
    const bytes = copyChunks(readData(from.data, record.pieces, range.start, range.length))
    return await writeBody(bucket.data, bytes, MAX_BODY_LENGTH)
  } finally {
    release()
  }
}

/** What is written gathers chunks before it does. */
async function* copyChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}
