import { abortMultipartUpload } from './operations/abort-multipart-upload.js'
import { getBucketAcl, putBucketAcl } from './operations/bucket-acl.js'
import { getBucketVersioning, putBucketVersioning } from './operations/bucket-versioning.js'
import { completeMultipartUpload } from './operations/complete-multipart-upload.js'
import { copyObject } from './operations/copy-object.js'
import { deleteBucket } from './operations/delete-bucket.js'
import { deleteMultipleObjects } from './operations/delete-multiple-objects.js'
import { deleteObject } from './operations/delete-object.js'
import { getBucketInfo } from './operations/get-bucket-info.js'
import { getBucketLocation } from './operations/get-bucket-location.js'
import { getObjectMeta } from './operations/get-object-meta.js'
import { getObject } from './operations/get-object.js'
import { headObject } from './operations/head-object.js'
import { initiateMultipartUpload } from './operations/initiate-multipart-upload.js'
import { listBuckets } from './operations/list-buckets.js'
import { listMultipartUploads } from './operations/list-multipart-uploads.js'
import { listObjectVersions } from './operations/list-object-versions.js'
import { listObjects, listObjectsV2 } from './operations/list-objects.js'
import { listParts } from './operations/list-parts.js'
import { getObjectAcl, putObjectAcl } from './operations/object-acl.js'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/object-tagging.js'
import { putBucket } from './operations/put-bucket.js'
import { putObject } from './operations/put-object.js'
import { uploadPartCopy } from './operations/upload-part-copy.js'
import { uploadPart } from './operations/upload-part.js'
import type { Answer } from './request/answer.js'
import type { OssCall } from './request/oss-call.js'
import type { Target } from './request/target.js'

type Resource = 'service' | 'bucket' | 'object'

/** An operation and the requests that mean it. */
export interface Route {
  /** Its name in the API. */
  readonly name: string
  readonly method: string
  readonly resource: Resource
  /** Parameters that have to be there; with `=`, with this value. */
  readonly parameters: readonly string[]
  /** A header that has to be there. */
  readonly header: string | undefined
  readonly carryOut: (call: OssCall) => Promise<Answer>
}

/** `PUT object ?partNumber&uploadId +x-oss-copy-source`, and so on. */
function route(pattern: string, name: string, carryOut: Route['carryOut']): Route {
  const [method = '', resource, ...rest] = pattern.split(' ')
  const parameters =
    rest
      .find((word) => word.startsWith('?'))
      ?.slice(1)
      .split('&') ?? []
  const header = rest.find((word) => word.startsWith('+'))?.slice(1)
  return { name, method, resource: resource as Resource, parameters, header, carryOut }
}

/** The first that fits a request is meant. */
const ROUTES: readonly Route[] = [
  route('GET service', 'ListBuckets', listBuckets),

  route('GET bucket ?acl', 'GetBucketAcl', getBucketAcl),
  route('GET bucket ?bucketInfo', 'GetBucketInfo', getBucketInfo),
  route('GET bucket ?location', 'GetBucketLocation', getBucketLocation),
  route('GET bucket ?versioning', 'GetBucketVersioning', getBucketVersioning),
  route('GET bucket ?uploads', 'ListMultipartUploads', listMultipartUploads),
  route('GET bucket ?versions', 'ListObjectVersions', listObjectVersions),
  route('GET bucket ?list-type=2', 'ListObjectsV2', listObjectsV2),
  route('GET bucket', 'ListObjects', listObjects),
  route('PUT bucket ?acl', 'PutBucketAcl', putBucketAcl),
  route('PUT bucket ?versioning', 'PutBucketVersioning', putBucketVersioning),
  route('PUT bucket', 'PutBucket', putBucket),
  route('POST bucket ?delete', 'DeleteMultipleObjects', deleteMultipleObjects),
  route('DELETE bucket', 'DeleteBucket', deleteBucket),

  route('GET object ?acl', 'GetObjectACL', getObjectAcl),
  route('GET object ?objectMeta', 'GetObjectMeta', getObjectMeta),
  route('HEAD object ?objectMeta', 'GetObjectMeta', getObjectMeta),
  route('GET object ?tagging', 'GetObjectTagging', getObjectTagging),
  route('GET object ?uploadId', 'ListParts', listParts),
  route('GET object', 'GetObject', getObject),
  route('HEAD object', 'HeadObject', headObject),
  route('PUT object ?acl', 'PutObjectACL', putObjectAcl),
  route('PUT object ?tagging', 'PutObjectTagging', putObjectTagging),
  route('PUT object ?partNumber&uploadId +x-oss-copy-source', 'UploadPartCopy', uploadPartCopy),
  route('PUT object ?partNumber&uploadId', 'UploadPart', uploadPart),
  route('PUT object +x-oss-copy-source', 'CopyObject', copyObject),
  route('PUT object', 'PutObject', putObject),
  route('POST object ?uploads', 'InitiateMultipartUpload', initiateMultipartUpload),
  route('POST object ?uploadId', 'CompleteMultipartUpload', completeMultipartUpload),
  route('DELETE object ?tagging', 'DeleteObjectTagging', deleteObjectTagging),
  route('DELETE object ?uploadId', 'AbortMultipartUpload', abortMultipartUpload),
  route('DELETE object', 'DeleteObject', deleteObject),
]

/** Parameters that no operation here knows, and without which the request would mean something else. */
const UNKNOWN_PARAMETERS = [
  'append',
  'asyncFetch',
  'callback',
  'cname',
  'cors',
  'encryption',
  'inventory',
  'lifecycle',
  'live',
  'logging',
  'metaQuery',
  'policy',
  'qos',
  'referer',
  'replication',
  'requestPayment',
  'resourceGroup',
  'restore',
  'rtc',
  'stat',
  'style',
  'symlink',
  'transferAcceleration',
  'website',
  'worm',
  'wormExtend',
  'wormId',
  'x-oss-process',
  'x-oss-async-process',
]

/** Headers of the same kind. */
const UNKNOWN_HEADERS = ['x-oss-callback', 'x-oss-server-side-encryption-customer-algorithm']

/** Parameters of the operations here that decide which of them is meant. */
const DECIDING_PARAMETERS = new Set(
  ROUTES.flatMap(({ parameters }) => parameters.filter((name) => !name.includes('='))),
)

/** The operation that a request means: `not-implemented` when it exists in OSS only, `not-allowed` when OSS has none either. */
export function findRoute(
  method: string,
  { bucketName, key }: Target,
  query: ReadonlyMap<string, string>,
  headers: ReadonlyMap<string, string>,
): Route | 'not-implemented' | 'not-allowed' {
  const resource: Resource = bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object'
  if (UNKNOWN_PARAMETERS.some((name) => query.has(name))) return 'not-implemented'
  if (UNKNOWN_HEADERS.some((name) => headers.has(name))) return 'not-implemented'
  const found = ROUTES.find(
    (candidate) =>
      candidate.method === method &&
      candidate.resource === resource &&
      (candidate.header === undefined || headers.has(candidate.header)) &&
      candidate.parameters.every((parameter) => hasParameter(query, parameter)),
  )
  if (found === undefined) return 'not-allowed'
  // `PUT object ?acl` must not become PutObject only because no route knows it.
  const decidesMore = [...query.keys()].some(
    (name) => DECIDING_PARAMETERS.has(name) && !found.parameters.includes(name),
  )
  return decidesMore ? 'not-implemented' : found
}

function hasParameter(query: ReadonlyMap<string, string>, parameter: string): boolean {
  const [name = '', value] = parameter.split('=')
  return value === undefined ? query.has(name) : query.get(name) === value
}
