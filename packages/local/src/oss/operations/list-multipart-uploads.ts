import { keyWriter } from '../object/key.js'
import { listKeys } from '../object/list-keys.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, integerParameter, type OssCall } from '../request/oss-call.js'
import { compareUtf8 } from '../store/utf8-order.js'
import { writeXml } from '../xml/write-xml.js'

/** Each upload is listed like an object called by its key and, as several may have the same, its id. */
export async function listMultipartUploads(call: OssCall): Promise<Answer> {
  const { uploads } = bucketOf(call)
  const { encodingType, write } = keyWriter(call.query)
  const maxUploads = integerParameter(call, 'max-uploads', [1, 1000], 1000)
  const [prefix = '', delimiter = '', keyMarker = '', idMarker = ''] = [
    'prefix',
    'delimiter',
    'key-marker',
    'upload-id-marker',
  ].map((name) => call.query.get(name))

  const byName = new Map(uploads.all().map((upload) => [nameOf(upload.key, upload.uploadId), upload]))
  const sorted = [...byName.keys()].sort(compareUtf8)
  const query = { prefix, delimiter, after: keyMarker === '' ? '' : nameOf(keyMarker, idMarker), limit: maxUploads }
  const isFollowing = (name: string): boolean => idMarker !== '' || byName.get(name)?.key !== keyMarker
  const isPrefixDone = (name: string): boolean =>
    delimiter !== '' && keyMarker.endsWith(delimiter) && name.startsWith(keyMarker)
  const page = listKeys(sorted, query, (name) => isFollowing(name) && !isPrefixDone(name))
  const next = page.next === null ? null : (byName.get(page.next) ?? { key: page.next, uploadId: '' })

  return xmlAnswer(
    writeXml('ListMultipartUploadsResult', {
      EncodingType: encodingType,
      Bucket: call.bucketName,
      KeyMarker: write(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: next === null ? '' : write(next.key),
      NextUploadIdMarker: next === null ? '' : next.uploadId,
      Delimiter: write(delimiter),
      Prefix: write(prefix),
      MaxUploads: maxUploads,
      IsTruncated: page.next !== null,
      Upload: page.keys.map((name) => {
        const upload = byName.get(name)
        return {
          Key: write(upload?.key ?? ''),
          UploadId: upload?.uploadId,
          StorageClass: upload?.traits.storageClass,
          Initiated: new Date(upload?.initiatedMs ?? 0).toISOString(),
        }
      }),
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: write(common) })),
    }),
  )
}

/** The id follows a character that sorts before all others. */
function nameOf(key: string, uploadId: string): string {
  return `${key}\u0000${uploadId}`
}
