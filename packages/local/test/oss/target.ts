import { randomBytes } from 'node:crypto'
import OSS from 'ali-oss'

/** An OSS to be tested: the local one, or the real one. */
export interface Target {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string
  /** It exists, is not versioned, and may hold other things. */
  readonly bucket: string
}

/** ali-oss; its types lack a third of what it can do. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what it answers is looked at field by field
export type Client = Record<Method, (...args: any[]) => any>

/** The methods of ali-oss that the tests use. */
type Method =
  | 'abortMultipartUpload'
  | 'append'
  | 'completeMultipartUpload'
  | 'copy'
  | 'delete'
  | 'deleteBucket'
  | 'deleteBucketEncryption'
  | 'deleteMulti'
  | 'deleteObjectTagging'
  | 'get'
  | 'getACL'
  | 'getBucket'
  | 'getBucketACL'
  | 'getBucketCORS'
  | 'getBucketEncryption'
  | 'getBucketInfo'
  | 'getBucketLocation'
  | 'getBucketRequestPayment'
  | 'getBucketVersioning'
  | 'getBucketVersions'
  | 'getObjectMeta'
  | 'getObjectTagging'
  | 'getStream'
  | 'head'
  | 'initMultipartUpload'
  | 'list'
  | 'listBuckets'
  | 'listParts'
  | 'listUploads'
  | 'listV2'
  | 'multipartUpload'
  | 'put'
  | 'putACL'
  | 'putBucket'
  | 'putBucketACL'
  | 'putBucketCORS'
  | 'putBucketEncryption'
  | 'putBucketRequestPayment'
  | 'putBucketVersioning'
  | 'putMeta'
  | 'putObjectTagging'
  | 'putSymlink'
  | 'putStream'
  | 'signatureUrl'
  | 'signatureUrlV4'
  | 'uploadPart'
  | 'uploadPartCopy'

/** A client of the target, with settings of ali-oss in the place of the usual ones. */
export function createClient(target: Target, settings: Record<string, unknown> = {}): Client {
  const { hostname } = new URL(target.endpoint)
  const options: Record<string, unknown> = {
    endpoint: target.endpoint,
    region: `oss-${target.region}`,
    accessKeyId: target.accessKeyId,
    accessKeySecret: target.accessKeySecret,
    bucket: target.bucket,
    sldEnable: hostname === 'localhost' || hostname === '127.0.0.1',
    ...(target.securityToken !== undefined && {
      stsToken: target.securityToken,
      refreshSTSToken: () => Promise.resolve({}),
      refreshSTSTokenInterval: 1e9,
    }),
    ...settings,
  }
  return new OSS(options as unknown as OSS.Options) as unknown as Client
}

/** A prefix that nothing else has. */
export function uniquePrefix(): string {
  return `osscrypt-suite-${randomBytes(6).toString('hex')}/`
}

/** Bytes that are not all the same, and the same every time. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}
