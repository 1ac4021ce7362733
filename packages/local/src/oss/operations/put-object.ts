import { checkKey } from '../object/key.js'
import { checkOverwrite } from '../object/find-object.js'
import { versionHeader } from '../object/object-headers.js'
import { commitOrRemove, etagOf, receiveBody } from '../object/receive-body.js'
import { readTraits } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'

export async function putObject(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  checkKey(call.key)
  const traits = readTraits(call.headers, bucket.record.storageClass)
  checkOverwrite(bucket, call.key, call.headers)
  const body = await receiveBody(call, bucket)
  const record = commitOrRemove(bucket, body, () => {
    // Another request may have written the object meanwhile.
    checkOverwrite(bucket, call.key, call.headers)
    return bucket.commit({
      ...traits,
      key: call.key,
      deleteMarker: false,
      type: 'Normal',
      size: body.length,
      etag: etagOf(body),
      crc64: body.crc64.toString(),
      lastModifiedMs: wholeSecond(call.nowMs),
      pieces: body.pieces,
    })
  })
  return {
    status: 200,
    headers: {
      etag: `"${record.etag}"`,
      'x-oss-hash-crc64ecma': record.crc64,
      'content-md5': body.md5.toString('base64'),
      'x-oss-version-id': versionHeader(bucket, record),
    },
  }
}
