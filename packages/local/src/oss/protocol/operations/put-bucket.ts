import { OssError } from '../error/oss-error.js'
import { invalidHeader } from '../object/traits.js'
import type { Answer } from '../request/answer.js'
import { isBucketName } from '../request/bucket-name.js'
import { wholeSecond, type OssCall } from '../request/oss-call.js'
import { readXmlBody, textOf } from '../xml/read-xml.js'

export const BUCKET_ACLS = ['private', 'public-read', 'public-read-write']

/** Creating a bucket that is one's own already is fine, and changes no more than its ACL. */
export async function putBucket(call: OssCall): Promise<Answer> {
  const { bucketName, headers, backend } = call
  if (!isBucketName(bucketName)) throw new OssError('InvalidBucketName', { elements: { BucketName: bucketName } })
  const givenAcl = headers.get('x-oss-acl')
  if (givenAcl !== undefined && !BUCKET_ACLS.includes(givenAcl)) throw invalidHeader('x-oss-acl', givenAcl)
  const storageClass = await readStorageClass(call)
  if ((await backend.findBucket(bucketName)) === null) {
    const createdMs = wholeSecond(call.nowMs)
    await backend.createBucket({ name: bucketName, createdMs, acl: givenAcl ?? 'private', storageClass })
  } else if (givenAcl !== undefined) {
    await backend.updateBucket(bucketName, { acl: givenAcl })
  }
  return { status: 200, headers: { location: `/${bucketName}` } }
}

async function readStorageClass({ headers, request }: OssCall): Promise<string> {
  const hasBody = Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding')
  if (!hasBody) return 'Standard'
  const { tree } = await readXmlBody(request, 'CreateBucketConfiguration')
  return textOf(tree, 'StorageClass')?.trim() ?? 'Standard'
}
