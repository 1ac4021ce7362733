import type { StoreAnswer } from './object-store.js'
import { badAnswer } from './store-error.js'

/** What can be seen of answers, and has to be in them. */
export interface StoredAnswerMarks {
  /** Whether OSS has to say which checksum the bytes have. It does in answers to PutObject and UploadPart. */
  readonly crc64: boolean
  /** Whether it has to name the request; pages see that only where the bucket exposes it. Default true. */
  readonly requestId?: boolean
}

/**
 * Asserts that an answer is one that OSS gives when it has stored bytes: who else answers says neither what it is of, nor what request it was.
 *
 * @throws ServiceError `BadAnswer`.
 */
export function assertStoredAnswer(
  operation: string,
  answer: StoreAnswer,
  { crc64, requestId = true }: StoredAnswerMarks,
): void {
  const { headers, status } = answer
  if (requestId && !headers['x-oss-request-id']) throw badAnswer(operation, 'without a request id', answer)
  // Of a callback that failed, nothing is documented but its status and its text.
  if (status === 203) return
  if (!isEtag(headers['etag'])) throw badAnswer(operation, 'without an ETag', answer)
  const stored = headers['x-oss-hash-crc64ecma']
  if (stored === undefined ? crc64 : !/^\d{1,20}$/.test(stored)) {
    throw badAnswer(operation, 'without the checksum of what it stored', answer)
  }
}

/** OSS gives the ETag of a copy in the answer's text, and may leave out the header. */
export function withEtag<Answer extends StoreAnswer & { readonly text?: string }>(answer: Answer): Answer {
  const [, etag] = /<ETag>(?:&quot;|")?([\w-]{1,128})(?:&quot;|")?<\/ETag>/i.exec(answer.text ?? '') ?? []
  return { ...answer, headers: { ...(etag !== undefined && { etag }), ...answer.headers } }
}

/** Whether a value looks like an ETag. */
function isEtag(value: string | undefined): value is string {
  return value !== undefined && /^("[\w./+=-]{1,128}"|[\w./+=-]{1,128})$/.test(value)
}
