import type { NamedPart } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import { readCallback } from '../callback/read-callback.js'
import { answerUpload } from '../callback/send-callback.js'
import { encryptionHeaders } from '../object/encryption.js'
import { keyAnswer, readEncodingType } from '../object/key.js'
import { versionHeader } from '../object/object-headers.js'
import { checkObjectAcl } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, placeOf, uploadOf, type OssCall } from '../request/oss-call.js'
import { percentEncode } from '../signature/percent-encode.js'
import { childrenOf, readXmlBody, textOf } from '../xml/read-xml.js'

export async function completeMultipartUpload(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  readEncodingType(call.query)
  await uploadOf(call)
  const aclHeader = call.headers.get('x-oss-object-acl')
  const acl = aclHeader === undefined ? undefined : checkObjectAcl('x-oss-object-acl', aclHeader)
  const named = call.headers.get('x-oss-complete-all') === 'yes' ? refuseBody(call) : await readParts(call)
  // The upload may have changed or ended while the body was read.
  const upload = await uploadOf(call)
  const callback = readCallback(call)
  const object = await upload.complete(named, placeOf(call), acl)
  const answer = keyAnswer(
    call,
    'CompleteMultipartUploadResult',
    (write) => ({
      Location: locationOf(call),
      Bucket: call.bucketName,
      Key: write(call.key),
      ETag: `"${object.etag}"`,
    }),
    {
      etag: `"${object.etag}"`,
      'x-oss-hash-crc64ecma': object.crc64,
      ...encryptionHeaders(object.encryption),
      'x-oss-version-id': versionHeader(bucket, object),
    },
  )
  return answerUpload(call, 'CompleteMultipartUpload', { object, callback, answer })
}

function locationOf({ host, isHostStyle, bucketName, key }: OssCall): string {
  return `http://${host}/${isHostStyle ? '' : `${bucketName}/`}${percentEncode(key)}`
}

/** All parts are meant, so that naming some would contradict it. */
function refuseBody({ headers }: OssCall): null {
  if (Number(headers.get('content-length') ?? 0) === 0 && !headers.has('transfer-encoding')) return null
  const elements = { ArgumentName: 'x-oss-complete-all', ArgumentValue: 'yes' }
  throw new OssError('InvalidArgument', {
    message: 'Parts cannot be named in a body when all of them are to be taken.',
    ec: '0042-00000216',
    elements,
  })
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
