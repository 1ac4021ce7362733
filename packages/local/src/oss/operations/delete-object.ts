import { checkKey } from '../object/key.js'
import { deleteObject as deleteFrom } from '../object/delete-object.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function deleteObject(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  checkKey(call.key)
  const { versionId, isMarker } = deleteFrom(bucket, call.key, call.query.get('versionId'), call.nowMs)
  return {
    status: 204,
    headers: { 'x-oss-version-id': versionId, 'x-oss-delete-marker': isMarker ? 'true' : undefined },
  }
}
