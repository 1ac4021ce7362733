import { ServiceError } from '../errors.js'
import type { StoreAnswer } from '../store/object-store.js'

/** Whether what OSS stored is what was sent, by its checksum. */
export function hasCrc64(sent: string): (headers: StoreAnswer['headers']) => boolean {
  return (headers) => headers['x-oss-hash-crc64ecma'] === sent
}

/**
 * Compares the checksum of what OSS stored with that of what was sent.
 *
 * @throws ServiceError `ChecksumMismatch`.
 */
export function assertStored(answer: StoreAnswer, sent: string | undefined, what: string, retryable = true): void {
  const stored = answer.headers['x-oss-hash-crc64ecma']
  if (sent === undefined || stored === undefined || stored === sent) return
  throw new ServiceError('ChecksumMismatch', `what OSS stored as ${what} is not what was sent: it is damaged there`, {
    service: 'oss',
    retryable,
    status: answer.status,
    requestId: answer.headers['x-oss-request-id'],
  })
}
