import { OssError } from './error/oss-error.js'
import type { OssCall } from './request/oss-call.js'

/** What a bucket that may be read by everybody lets everybody do. */
const READS = ['GetObject', 'GetObjectMeta', 'GetSymlink', 'HeadObject', 'ListObjects', 'ListObjectsV2']

/** And one that may also be written. */
const WRITES = [
  'AbortMultipartUpload',
  'AppendObject',
  'CompleteMultipartUpload',
  'DeleteObject',
  'InitiateMultipartUpload',
  'ListParts',
  'PutObject',
  'PutSymlink',
  'UploadPart',
]

/**
 * Whether a request without a signature may be carried out: as the ACL of the object says when it has one of its own, else as the
 * bucket's does.
 *
 * @throws `OssError` AccessDenied; InvalidRequest when it asks for other headers in the answer, which takes a signature.
 */
export async function checkAnonymous(operation: string, { backend, bucketName, key, query }: OssCall): Promise<void> {
  if (operation === 'OptionObject') return
  const bucket = await backend.findBucket(bucketName)
  if (bucket === null) throw new OssError('AccessDenied')
  const object = key === '' ? null : await backend.findObject(bucketName, key, query.get('versionId'))
  const own = object === null || object.facts.acl === 'default' ? undefined : object.facts.acl
  const acl = own ?? bucket.acl
  const mayRead = acl !== 'private' && READS.includes(operation)
  const mayWrite = acl === 'public-read-write' && WRITES.includes(operation)
  if (!mayRead && !mayWrite) {
    throw new OssError('AccessDenied', {
      message: `You have no right to access this object because of ${own === undefined ? 'bucket' : 'object'} acl.`,
    })
  }
  if ([...query.keys()].some((name) => name.startsWith('response-'))) {
    throw new OssError('InvalidRequest', { message: 'Response headers are overridden by signed requests only.' })
  }
}
