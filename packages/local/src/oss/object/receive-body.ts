import { OssError } from '../error/oss-error.js'
import { bodyOf, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import { writeBody, type StoredBody } from '../store/write-body.js'

/** 5 GB: the most that PutObject and UploadPart take. */
export const MAX_BODY_LENGTH = 5 * 1024 ** 3

/**
 * Stores the request's body, which is not yet part of an object then.
 *
 * @throws `OssError` MissingContentLength, EntityTooLarge, InvalidDigest.
 */
export async function receiveBody(call: OssCall, bucket: Bucket): Promise<StoredBody> {
  const length = call.headers.get('content-length')
  if (length === undefined && !call.headers.has('transfer-encoding')) throw new OssError('MissingContentLength')
  if (Number(length ?? 0) > MAX_BODY_LENGTH) throw new OssError('EntityTooLarge')
  const expected = readContentMd5(call.headers.get('content-md5'))
  const body = await writeBody(bucket.data, bodyOf(call), MAX_BODY_LENGTH)
  if (expected !== null && !expected.equals(body.md5)) {
    bucket.data.remove(body.pieces)
    throw new OssError('InvalidDigest')
  }
  return body
}

/** @throws `OssError` InvalidDigest when it is not the base64 form of 16 bytes. */
export function readContentMd5(header: string | undefined): Buffer | null {
  if (header === undefined || header === '') return null
  const md5 = Buffer.from(header, 'base64')
  if (md5.length !== 16 || md5.toString('base64') !== header) throw new OssError('InvalidDigest')
  return md5
}

/** Makes stored data part of something; when that fails, the data goes. */
export function commitOrRemove<T>(bucket: Bucket, body: StoredBody, commit: () => T): T {
  try {
    return commit()
  } catch (error) {
    bucket.data.remove(body.pieces)
    throw error
  }
}

export function etagOf({ md5 }: { readonly md5: Buffer }): string {
  return md5.toString('hex').toUpperCase()
}
