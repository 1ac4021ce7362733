import { invalidParameter } from '../request/oss-call.js'

/**
 * A version id that is deleted comes back in the answer, whether or not there is such a version.
 *
 * @throws `OssError` InvalidArgument.
 */
export function checkVersionId(versionId: string): void {
  if (!/^[\w.-]{1,100}$/.test(versionId)) throw invalidParameter('versionId', versionId)
}
