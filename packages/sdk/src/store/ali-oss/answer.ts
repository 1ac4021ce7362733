import type { AliOssAnswer } from './request.js'
import type { CallbackAnswer, StoreAnswer } from '../object-store.js'
import { badAnswer } from '../store-error.js'

/** What OSS takes of a callback's server, and hands on. */
export const MAX_CALLBACK_LENGTH = 1024 * 1024

/**
 * Asserts that an answer is one that OSS gives when it has stored bytes: who else answers says neither what it is of, nor what request it was.
 *
 * @param crc64 Whether OSS has to say which checksum they have. It does in answers to PutObject and UploadPart.
 * @throws ServiceError `BadAnswer`.
 */
export function assertStoredAnswer(operation: string, answer: StoreAnswer, { crc64 }: { crc64: boolean }): void {
  const { headers, status } = answer
  if (!headers['x-oss-request-id']) throw badAnswer(operation, 'without a request id', answer)
  // Of a callback that failed, nothing is documented but its status and its text.
  if (status === 203) return
  if (!isEtag(headers['etag'])) throw badAnswer(operation, 'without an ETag', answer)
  const stored = headers['x-oss-hash-crc64ecma']
  if (stored === undefined ? crc64 : !/^\d{1,20}$/.test(stored)) {
    throw badAnswer(operation, 'without the checksum of what it stored', answer)
  }
}

/** Whether a value looks like an ETag. */
function isEtag(value: string | undefined): value is string {
  return value !== undefined && /^("[\w./+=-]{1,128}"|[\w./+=-]{1,128})$/.test(value)
}

/** What OSS says of the callback that a request has asked for. */
export function callbackOf(
  headers: Readonly<Record<string, string>> | undefined,
  { status, text = '' }: AliOssAnswer,
): CallbackAnswer | undefined {
  return headers?.['x-oss-callback'] === undefined ? undefined : { succeeded: status === 200, status, body: text }
}

/** The headers and status of an answer. */
export function withoutText({ status, headers }: AliOssAnswer): StoreAnswer {
  return { status, headers }
}
