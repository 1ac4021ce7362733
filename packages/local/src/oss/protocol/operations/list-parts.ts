import { keyWriter } from '../object/key.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { integerParameter, uploadOf, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function listParts(call: OssCall): Promise<Answer> {
  const { facts, parts } = await uploadOf(call)
  const { encodingType, write } = keyWriter(call.query)
  const maxParts = integerParameter(call, 'max-parts', [1, 1000], 1000)
  const marker = integerParameter(call, 'part-number-marker', [0, 2 ** 31 - 1], 0)
  const following = parts.filter(({ partNumber }) => partNumber > marker)
  const page = following.slice(0, maxParts)
  return xmlAnswer(
    writeXml('ListPartsResult', {
      EncodingType: encodingType,
      Bucket: call.bucketName,
      Key: write(call.key),
      UploadId: facts.uploadId,
      StorageClass: facts.traits.storageClass,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
      MaxParts: maxParts,
      IsTruncated: page.length < following.length,
      Part: page.map((part) => ({
        PartNumber: part.partNumber,
        LastModified: new Date(part.lastModifiedMs).toISOString(),
        ETag: `"${part.etag}"`,
        HashCrc64ecma: part.crc64,
        Size: part.size,
      })),
    }),
  )
}
