import { OssError } from '../error/oss-error.js'
import { invalidHeader } from '../object/invalid-header.js'
import type { Answer } from '../request/answer.js'
import { isBucketName } from '../request/bucket-name.js'
import { wholeSecond, type OssCall } from '../request/oss-call.js'
import { readXmlBody, textOf } from '../xml/read-xml.js'

const BUCKET_ACLS = ['private', 'public-read', 'public-read-write']

/** Creating a bucket that is one's own already is fine, and changes no more than its ACL. */
export async function putBucket(call: OssCall): Promise<Answer> {
  return makeBucket(call, await readStorageClass(call))
}

/** Creates the bucket too, when there is none. */
export async function putBucketAcl(call: OssCall): Promise<Answer> {
  if (!call.headers.has('x-oss-acl')) throw invalidHeader('x-oss-acl', '')
  return makeBucket(call, 'Standard')
}

async function makeBucket({ bucketName, headers, backend, nowMs }: OssCall, storageClass: string): Promise<Answer> {
  if (!isBucketName(bucketName)) throw new OssError('InvalidBucketName', { elements: { BucketName: bucketName } })
  const acl = headers.get('x-oss-acl')
  if (acl !== undefined && !BUCKET_ACLS.includes(acl)) throw invalidHeader('x-oss-acl', acl)
  if ((await backend.findBucket(bucketName)) === null) {
    const createdMs = wholeSecond(nowMs)
    await backend.createBucket({ name: bucketName, createdMs, acl: acl ?? 'private', storageClass })
  } else if (acl !== undefined) {
    await backend.updateBucket(bucketName, { acl })
  }
  return { status: 200, headers: { location: `/${bucketName}` } }
}

async function readStorageClass({ headers, request }: OssCall): Promise<string> {
  const hasBody = Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding')
  if (!hasBody) return 'Standard'
  const { tree } = await readXmlBody(request, 'CreateBucketConfiguration')
  return textOf(tree, 'StorageClass')?.trim() ?? 'Standard'
}
