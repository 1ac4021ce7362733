import { refuseEncryptedSource } from '../object/client-encryption.js'
import { copiedTooMuch, findCopySource } from '../object/copy-source.js'
import { encryptionHeaders } from '../object/encryption.js'
import { readPartNumber } from '../object/part-number.js'
import { resolveRange } from '../object/range.js'
import { MAX_BODY_LENGTH } from '../object/request-body.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { uploadOf, wholeSecond, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

/** A range that is not one of the source's makes the whole source the part, as GetObject would answer it. */
export async function uploadPartCopy(call: OssCall): Promise<Answer> {
  const partNumber = readPartNumber(call)
  const upload = await uploadOf(call)
  const source = await findCopySource(call)
  if (source === null) return { status: 304 }
  const { size, versionId, headers: sourceHeaders } = source.object.facts
  refuseEncryptedSource(sourceHeaders)
  const range = resolveRange(call.headers.get('x-oss-copy-source-range'), false, size) ?? { start: 0, length: size }
  if (range.length > MAX_BODY_LENGTH) throw copiedTooMuch()
  const part = await upload.copyPart(partNumber, source.object, range, wholeSecond(call.nowMs))
  const result = { LastModified: new Date(part.lastModifiedMs).toISOString(), ETag: `"${part.etag}"` }
  return xmlAnswer(writeXml('CopyPartResult', result), {
    etag: `"${part.etag}"`,
    'x-oss-hash-crc64ecma': call.guesses.copyTellsCrc64 ? part.crc64 : undefined,
    ...encryptionHeaders(upload.facts.traits.encryption),
    'x-oss-copy-source-version-id': versionId === 'null' ? undefined : versionId,
  })
}
