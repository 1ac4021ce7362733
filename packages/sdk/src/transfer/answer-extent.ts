import { quote } from '../bytes/quote.js'
import { ServiceError } from '../errors.js'
import type { StoreAnswer, StoreRequestOptions } from '../store/object-store.js'

/** What part of an object an answer holds, by what it says. */
export interface Extent {
  readonly offset: number
  readonly length: number | undefined
  readonly totalLength: number | undefined
}

/** What part of the object an answer holds: by its Content-Range, else the whole of it. */
export function extentOf({ status, headers }: StoreAnswer): Extent {
  const contentLength = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  const countable = contentLength === undefined || (Number.isSafeInteger(contentLength) && contentLength >= 0)
  if (!countable) throw badAnswer('OSS answered with a Content-Length that is no length')
  if (status !== 206) return { offset: 0, length: contentLength, totalLength: contentLength }
  const [, start, end, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? []
  const offset = Number(start)
  const length = Number(end) + 1 - offset
  const sensible =
    length > 0 && Number(end) < Number(total) && (contentLength === undefined || contentLength === length)
  if (!sensible) throw badAnswer('OSS answered a range without a well-formed Content-Range')
  return { offset, length, totalLength: Number(total) }
}

/**
 * Asserts that an answer is about the version that was asked for. An object from before its bucket had versions has the version `null`, which OSS
 * may leave out.
 *
 * @throws ServiceError `BadAnswer`.
 */
export function assertVersion({ headers }: StoreAnswer, { versionId }: StoreRequestOptions): void {
  const answered = headers['x-oss-version-id'] ?? 'null'
  if (versionId !== undefined && answered !== versionId) {
    throw badAnswer('OSS answered with another version than was asked for')
  }
}

/** The error for an answer that makes no sense. */
export function badAnswer(message: string): ServiceError {
  return new ServiceError('BadAnswer', message, { service: 'oss' })
}

/** The error for an object of which two answers say different things. */
export function objectChanged(name: string): ServiceError {
  return new ServiceError('ObjectChanged', `${quote(name)} changed while it was being read`, { service: 'oss' })
}
