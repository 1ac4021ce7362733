import { OssError } from '../error/oss-error.js'
import type { ObjectFacts } from '../facts.js'

/** The names of the four conditions' headers, which are others for the source of a copy. */
export interface ConditionHeaders {
  readonly match: string
  readonly noneMatch: string
  readonly modifiedSince: string
  readonly unmodifiedSince: string
}

export const READ_CONDITIONS: ConditionHeaders = {
  match: 'if-match',
  noneMatch: 'if-none-match',
  modifiedSince: 'if-modified-since',
  unmodifiedSince: 'if-unmodified-since',
}

export const COPY_CONDITIONS: ConditionHeaders = {
  match: 'x-oss-copy-source-if-match',
  noneMatch: 'x-oss-copy-source-if-none-match',
  modifiedSince: 'x-oss-copy-source-if-modified-since',
  unmodifiedSince: 'x-oss-copy-source-if-unmodified-since',
}

/**
 * Checks a request's conditions against the object.
 *
 * @returns false when the client has the object already (304).
 * @throws `OssError` PreconditionFailed.
 */
export function checkConditions(
  headers: ReadonlyMap<string, string>,
  names: ConditionHeaders,
  { etag, lastModifiedMs }: Pick<ObjectFacts, 'etag' | 'lastModifiedMs'>,
): boolean {
  const match = headers.get(names.match)
  if (match !== undefined && !isSameEtag(match, etag)) throw failed('If-Match')
  const unmodifiedSince = dateOf(headers.get(names.unmodifiedSince))
  if (unmodifiedSince !== null && lastModifiedMs > unmodifiedSince) throw failed('If-Unmodified-Since')
  const noneMatch = headers.get(names.noneMatch)
  if (noneMatch !== undefined && isSameEtag(noneMatch, etag)) return false
  const modifiedSince = dateOf(headers.get(names.modifiedSince))
  return modifiedSince === null || lastModifiedMs > modifiedSince
}

function failed(condition: string): OssError {
  return new OssError('PreconditionFailed', { elements: { Condition: condition } })
}

/** With or without its quotes. */
function isSameEtag(given: string, etag: string): boolean {
  return given.trim().replace(/^"(.*)"$/, '$1') === etag
}

/** A date that cannot be read is no condition. */
function dateOf(header: string | undefined): number | null {
  const ms = Date.parse(header ?? '')
  return Number.isNaN(ms) ? null : ms
}

/**
 * A write has no conditions in OSS, and is not carried out as if it had.
 *
 * @throws `OssError` NotImplemented.
 */
export function refuseConditions(headers: ReadonlyMap<string, string>): void {
  for (const name of ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since']) {
    if (!headers.has(name.toLowerCase())) continue
    throw new OssError('NotImplemented', { status: 400, ec: '0017-00000245', elements: { Header: name } })
  }
}
