import { keyAnswer } from '../object/key.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, integerParameter, textParameters, type OssCall } from '../request/oss-call.js'

export async function listMultipartUploads(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  const maxUploads = integerParameter(call, 'max-uploads', [1, 1000], 1000)
  const [prefix, delimiter, after, afterUploadId] = textParameters(
    call,
    'prefix',
    'delimiter',
    'key-marker',
    'upload-id-marker',
  )
  const page = await call.backend.listUploads(name, { prefix, delimiter, after, afterUploadId, limit: maxUploads })
  // The last of the page, whether or not another follows.
  const last = page.next === null ? page.entries.at(-1) : { key: page.next, uploadId: page.nextUploadId }
  return keyAnswer(call, 'ListMultipartUploadsResult', (write) => ({
    Bucket: name,
    KeyMarker: write(after),
    UploadIdMarker: afterUploadId,
    NextKeyMarker: write(last?.key ?? ''),
    NextUploadIdMarker: last?.uploadId ?? '',
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
  }))
}
