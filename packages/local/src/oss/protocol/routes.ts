import { abortMultipartUpload } from './operations/abort-multipart-upload.js'
import { appendObject } from './operations/append-object.js'
import { deleteBucketCors, getBucketCors, putBucketCors } from './operations/bucket-cors.js'
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './operations/bucket-encryption.js'
import {
  deleteBucketInventory,
  getBucketInventory,
  listBucketInventory,
  putBucketInventory,
} from './operations/bucket-inventory.js'
import { getBucketRequestPayment, putBucketRequestPayment } from './operations/bucket-request-payment.js'
import { getBucketAcl } from './operations/get-bucket-acl.js'
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
import { optionObject } from './operations/option-object.js'
import { putBucket, putBucketAcl } from './operations/put-bucket.js'
import { putObject } from './operations/put-object.js'
import { restoreObject } from './operations/restore-object.js'
import { getSymlink, putSymlink } from './operations/symlink.js'
import { uploadPartCopy } from './operations/upload-part-copy.js'
import { uploadPart } from './operations/upload-part.js'
import { route, type Route } from './route.js'

/** The operations of this OSS; of those that fit a request, the one that says most about it is meant. */
export const ROUTES: readonly Route[] = [
  route('GET service', 'ListBuckets', listBuckets, 'prefix marker max-keys'),

  route('GET bucket ?acl', 'GetBucketAcl', getBucketAcl),
  route('GET bucket ?bucketInfo', 'GetBucketInfo', getBucketInfo),
  route('GET bucket ?location', 'GetBucketLocation', getBucketLocation),
  route('GET bucket ?versioning', 'GetBucketVersioning', getBucketVersioning),
  route(
    'GET bucket ?uploads',
    'ListMultipartUploads',
    listMultipartUploads,
    'prefix delimiter max-uploads key-marker upload-id-marker encoding-type',
  ),
  route(
    'GET bucket ?versions',
    'ListObjectVersions',
    listObjectVersions,
    'prefix delimiter max-keys key-marker version-id-marker encoding-type',
  ),
  route(
    'GET bucket ?list-type=2',
    'ListObjectsV2',
    listObjectsV2,
    'prefix delimiter max-keys start-after continuation-token fetch-owner encoding-type',
  ),
  route('GET bucket', 'ListObjects', listObjects, 'prefix delimiter max-keys marker encoding-type'),
  route('PUT bucket ?acl', 'PutBucketAcl', putBucketAcl),
  route('PUT bucket ?versioning', 'PutBucketVersioning', putBucketVersioning),
  route('PUT bucket ?cors', 'PutBucketCors', putBucketCors),
  route('GET bucket ?cors', 'GetBucketCors', getBucketCors),
  route('DELETE bucket ?cors', 'DeleteBucketCors', deleteBucketCors),
  route('OPTIONS bucket', 'OptionObject', optionObject, '*'),
  route('OPTIONS object', 'OptionObject', optionObject, '*'),
  route('PUT bucket ?encryption', 'PutBucketEncryption', putBucketEncryption),
  route('GET bucket ?encryption', 'GetBucketEncryption', getBucketEncryption),
  route('DELETE bucket ?encryption', 'DeleteBucketEncryption', deleteBucketEncryption),
  route('PUT bucket ?inventory&inventoryId', 'PutBucketInventory', putBucketInventory),
  route('GET bucket ?inventory&inventoryId', 'GetBucketInventory', getBucketInventory),
  route('GET bucket ?inventory', 'ListBucketInventory', listBucketInventory, 'continuation-token'),
  route('DELETE bucket ?inventory&inventoryId', 'DeleteBucketInventory', deleteBucketInventory),
  route('PUT bucket ?requestPayment', 'PutBucketRequestPayment', putBucketRequestPayment),
  route('GET bucket ?requestPayment', 'GetBucketRequestPayment', getBucketRequestPayment),
  route('PUT bucket', 'PutBucket', putBucket),
  route('POST bucket ?delete', 'DeleteMultipleObjects', deleteMultipleObjects, 'encoding-type'),
  route('DELETE bucket', 'DeleteBucket', deleteBucket),

  route('GET object ?acl', 'GetObjectACL', getObjectAcl, 'versionId'),
  route('GET object ?objectMeta', 'GetObjectMeta', getObjectMeta, 'versionId'),
  route('HEAD object ?objectMeta', 'GetObjectMeta', getObjectMeta, 'versionId'),
  route('GET object ?tagging', 'GetObjectTagging', getObjectTagging, 'versionId'),
  route('GET object ?symlink', 'GetSymlink', getSymlink, 'versionId'),
  route('GET object ?uploadId', 'ListParts', listParts, 'max-parts part-number-marker encoding-type'),
  route(
    'GET object',
    'GetObject',
    getObject,
    'versionId response-cache-control response-content-disposition response-content-encoding ' +
      'response-content-language response-content-type response-expires x-oss-traffic-limit',
  ),
  route('HEAD object', 'HeadObject', headObject, 'versionId'),
  route('PUT object ?acl', 'PutObjectACL', putObjectAcl, 'versionId'),
  route('PUT object ?tagging', 'PutObjectTagging', putObjectTagging, 'versionId'),
  route('PUT object ?partNumber&uploadId +x-oss-copy-source', 'UploadPartCopy', uploadPartCopy),
  route('PUT object ?partNumber&uploadId', 'UploadPart', uploadPart, 'x-oss-traffic-limit'),
  route('PUT object ?symlink', 'PutSymlink', putSymlink),
  route('PUT object +x-oss-copy-source', 'CopyObject', copyObject),
  route('PUT object', 'PutObject', putObject, 'callback callback-var x-oss-traffic-limit'),
  route('POST object ?append', 'AppendObject', appendObject, 'position x-oss-traffic-limit'),
  route('POST object ?restore', 'RestoreObject', restoreObject, 'versionId'),
  route('POST object ?uploads', 'InitiateMultipartUpload', initiateMultipartUpload, 'encoding-type sequential'),
  route(
    'POST object ?uploadId',
    'CompleteMultipartUpload',
    completeMultipartUpload,
    'callback callback-var encoding-type',
  ),
  route('DELETE object ?tagging', 'DeleteObjectTagging', deleteObjectTagging, 'versionId'),
  route('DELETE object ?uploadId', 'AbortMultipartUpload', abortMultipartUpload),
  route('DELETE object', 'DeleteObject', deleteObject, 'versionId'),
]
