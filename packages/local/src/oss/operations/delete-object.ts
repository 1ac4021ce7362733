import { checkKey } from '../object/key.js'
import { deleteObject as deleteFrom } from '../object/delete-object.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, invalidParameter, type OssCall } from '../request/oss-call.js'

export async function deleteObject(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  checkKey(call.key)
  const named = call.query.get('versionId')
  // The id comes back as a header, whether or not there is such a version.
  if (named !== undefined && !/^[\w.-]{1,100}$/.test(named)) throw invalidParameter('versionId', named)
  const { versionId, isMarker } = deleteFrom(bucket, call.key, named, call.nowMs)
  return {
    status: 204,
    headers: { 'x-oss-version-id': versionId, 'x-oss-delete-marker': isMarker ? 'true' : undefined },
  }
}
