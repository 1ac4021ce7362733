import type { NamedPart } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import { keyWriter } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, placeOf, uploadOf, type OssCall } from '../request/oss-call.js'
import { percentEncode } from '../signature/percent-encode.js'
import { childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

export async function completeMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const { encodingType, write } = keyWriter(call.query)
  await uploadOf(call)
  const named = call.headers.get('x-oss-complete-all') === 'yes' ? null : await readParts(call)
  // The upload may have changed or ended while the body was read.
  const upload = await uploadOf(call)
  const object = await upload.complete(named, placeOf(call))
  return xmlAnswer(
    writeXml('CompleteMultipartUploadResult', {
      EncodingType: encodingType,
      Location: `http://${call.host}/${percentEncode(call.key)}`,
      Bucket: call.bucketName,
      Key: write(call.key),
      ETag: `"${object.etag}"`,
    }),
    {
      etag: `"${object.etag}"`,
      'x-oss-hash-crc64ecma': object.crc64,
      'x-oss-version-id': versionHeader(bucket, object),
    },
  )
}

async function readParts(call: OssCall): Promise<NamedPart[]> {
  const { tree } = await readXmlBody(call.request, 'CompleteMultipartUpload')
  const parts = childrenOf(tree, 'Part').map((part) => {
    const partNumber = textOf(part, 'PartNumber')?.trim() ?? ''
    const etag = textOf(part, 'ETag')
    if (!/^\d{1,9}$/.test(partNumber) || etag === undefined) throw new OssError('MalformedXML')
    return { partNumber: Number(partNumber), etag: etag.trim().replace(/^"(.*)"$/, '$1') }
  })
  if (parts.length === 0) throw new OssError('MalformedXML')
  parts.forEach(({ partNumber }, index) => {
    if (index > 0 && partNumber <= (parts[index - 1]?.partNumber ?? 0)) throw new OssError('InvalidPartOrder')
  })
  return parts
}
