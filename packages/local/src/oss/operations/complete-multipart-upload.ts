import { createHash } from 'node:crypto'
import { combineCrc64 } from '../checksum/crc64.js'
import { OssError } from '../error/oss-error.js'
import { isSameEtag } from '../object/conditions.js'
import { checkOverwrite } from '../object/find-object.js'
import { findUpload } from '../object/find-upload.js'
import { keyWriter } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import { percentEncode } from '../signature/percent-encode.js'
import type { PartRecord } from '../store/object-record.js'
import type { Upload } from '../store/upload-index.js'
import { childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

const MIN_PART_LENGTH = 100 * 1024

/** The parts' data files become the object's; nothing is copied. */
export async function completeMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const { encodingType, write } = keyWriter(call.query)
  findUpload(bucket, call)
  const named = call.headers.get('x-oss-complete-all') === 'yes' ? null : await readParts(call)
  // The upload may have changed or ended while the body was read; from here to the commit nothing can come between.
  const upload = findUpload(bucket, call)
  const parts = named === null ? allParts(upload) : chosenParts(upload, named)
  checkLengths(parts)
  checkOverwrite(bucket, call.key, call.headers)
  const crc64 = combineCrc64(parts.map((part) => ({ crc64: BigInt(part.crc64), length: part.size })))
  const record = bucket.commit({
    ...upload.traits,
    key: call.key,
    deleteMarker: false,
    type: 'Multipart',
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: etagOfParts(parts),
    crc64: crc64.toString(),
    lastModifiedMs: wholeSecond(call.nowMs),
    pieces: parts.flatMap(({ pieces }) => pieces),
    uploadId: upload.uploadId,
  })
  bucket.uploads.end(upload.uploadId, new Set(parts))
  return xmlAnswer(
    writeXml('CompleteMultipartUploadResult', {
      EncodingType: encodingType,
      Location: `http://${call.host}/${percentEncode(call.key)}`,
      Bucket: call.bucketName,
      Key: write(call.key),
      ETag: `"${record.etag}"`,
    }),
    {
      etag: `"${record.etag}"`,
      'x-oss-hash-crc64ecma': record.crc64,
      'x-oss-version-id': versionHeader(bucket, record),
    },
  )
}

interface NamedPart {
  readonly partNumber: number
  readonly etag: string
}

async function readParts(call: OssCall): Promise<NamedPart[]> {
  const { tree } = await readXmlBody(call.request, 'CompleteMultipartUpload')
  const parts = childrenOf(tree, 'Part').map((part) => {
    const partNumber = textOf(part, 'PartNumber')?.trim() ?? ''
    const etag = textOf(part, 'ETag')
    if (!/^\d{1,9}$/.test(partNumber) || etag === undefined) throw new OssError('MalformedXML')
    return { partNumber: Number(partNumber), etag }
  })
  if (parts.length === 0) throw new OssError('MalformedXML')
  parts.forEach(({ partNumber }, index) => {
    if (index > 0 && partNumber <= (parts[index - 1]?.partNumber ?? 0)) throw new OssError('InvalidPartOrder')
  })
  return parts
}

function chosenParts({ uploadId, parts }: Upload, named: readonly NamedPart[]): PartRecord[] {
  return named.map(({ partNumber, etag }) => {
    const part = parts.get(partNumber)
    if (part === undefined || !isSameEtag(etag, part.etag)) {
      throw new OssError('InvalidPart', { elements: { PartNumber: partNumber, UploadId: uploadId } })
    }
    return part
  })
}

function allParts({ uploadId, parts }: Upload): PartRecord[] {
  if (parts.size === 0) throw new OssError('InvalidPart', { elements: { UploadId: uploadId } })
  return [...parts.values()].sort((a, b) => a.partNumber - b.partNumber)
}

function checkLengths(parts: readonly PartRecord[]): void {
  const small = parts.slice(0, -1).find(({ size }) => size < MIN_PART_LENGTH)
  if (small === undefined) return
  const { partNumber, size, etag } = small
  const elements = { PartNumber: partNumber, ETag: etag, MinSizeAllowed: MIN_PART_LENGTH, ProposedSize: size }
  throw new OssError('EntityTooSmall', { elements })
}

function etagOfParts(parts: readonly PartRecord[]): string {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(etag, 'hex')
  return `${md5.digest('hex').toUpperCase()}-${parts.length}`
}
