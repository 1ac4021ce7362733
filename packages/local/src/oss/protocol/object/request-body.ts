import { OssError } from '../error/oss-error.js'
import type { RequestBody } from '../backend.js'
import { limitTraffic, readTrafficLimit } from './traffic-limit.js'
import { bodyOf, type OssCall } from '../request/oss-call.js'

/** 5 GB: the most that PutObject and UploadPart take. */
export const MAX_BODY_LENGTH = 5 * 1024 ** 3

/** @throws `OssError` MissingContentLength, EntityTooLarge, InvalidDigest, InvalidArgument: before a byte is read. */
export function requestBodyOf(call: OssCall): RequestBody {
  const length = call.headers.get('content-length')
  if (length === undefined && !call.headers.has('transfer-encoding')) throw new OssError('MissingContentLength')
  if (Number(length ?? 0) > MAX_BODY_LENGTH) throw new OssError('EntityTooLarge')
  const md5 = readContentMd5(call.headers.get('content-md5'))
  const limit = readTrafficLimit(call)
  const chunks = limit === undefined ? bodyOf(call) : limitTraffic(bodyOf(call), limit)
  return { chunks, maxLength: MAX_BODY_LENGTH, md5 }
}

/** @throws `OssError` InvalidDigest when it is not the base64 form of 16 bytes. */
export function readContentMd5(header: string | undefined): Buffer | null {
  if (header === undefined || header === '') return null
  const md5 = Buffer.from(header, 'base64')
  if (md5.length !== 16 || md5.toString('base64') !== header) throw new OssError('InvalidDigest')
  return md5
}
