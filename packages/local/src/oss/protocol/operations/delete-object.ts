import { checkKey } from '../object/key.js'
import { checkVersionId } from '../object/version-id.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, wholeSecond, type OssCall } from '../request/oss-call.js'

export async function deleteObject(call: OssCall): Promise<Answer> {
  const { name } = await bucketOf(call)
  checkKey(call.key)
  const named = call.query.get('versionId')
  if (named !== undefined) checkVersionId(named)
  const { versionId, isMarker } = await call.backend.deleteObject(name, call.key, named, wholeSecond(call.nowMs))
  return {
    status: 204,
    headers: { 'x-oss-version-id': versionId, 'x-oss-delete-marker': isMarker ? 'true' : undefined },
  }
}
