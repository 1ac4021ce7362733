import { keyWriter } from '../object/key.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, integerParameter, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function listMultipartUploads(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  const { encodingType, write } = keyWriter(call.query)
  const maxUploads = integerParameter(call, 'max-uploads', [1, 1000], 1000)
  const [prefix = '', delimiter = '', after = '', afterUploadId = ''] = [
    'prefix',
    'delimiter',
    'key-marker',
    'upload-id-marker',
  ].map((parameter) => call.query.get(parameter))
  const page = await call.backend.listUploads(name, { prefix, delimiter, after, afterUploadId, limit: maxUploads })
  return xmlAnswer(
    writeXml('ListMultipartUploadsResult', {
      EncodingType: encodingType,
      Bucket: name,
      KeyMarker: write(after),
      UploadIdMarker: afterUploadId,
      NextKeyMarker: write(page.next ?? ''),
      NextUploadIdMarker: page.nextUploadId ?? '',
      Delimiter: write(delimiter),
      Prefix: write(prefix),
      MaxUploads: maxUploads,
      IsTruncated: page.next !== null,
      Upload: page.entries.map(({ key, uploadId, traits, initiatedMs }) => ({
        Key: write(key),
        UploadId: uploadId,
        StorageClass: traits.storageClass,
        Initiated: new Date(initiatedMs).toISOString(),
      })),
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: write(common) })),
    }),
  )
}
