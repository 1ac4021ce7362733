import type { FoundObject } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import { findBucket, findObject, type OssCall } from '../request/oss-call.js'
import { checkConditions, COPY_CONDITIONS } from './conditions.js'
import { invalidHeader } from './traits.js'

/** The object that a copy takes its bytes from. */
export interface CopySource {
  readonly bucketName: string
  readonly object: FoundObject
}

/** 1 GB: the most that CopyObject takes from another bucket. */
const MAX_LENGTH_ACROSS_BUCKETS = 1024 ** 3

/**
 * Finds the object that `x-oss-copy-source` names: `/bucket/key`, the key percent-encoded, with or without `?versionId=`.
 *
 * @returns null when a condition says that the copy is not needed (304).
 * @throws `OssError`
 */
export async function findCopySource({ headers, backend }: OssCall): Promise<CopySource | null> {
  const header = headers.get('x-oss-copy-source') ?? ''
  const [, encodedBucket, encodedKey, versionId] = /^\/?([^/?]+)\/([^?]+)(?:\?versionId=([^&]*))?$/.exec(header) ?? []
  if (encodedBucket === undefined || encodedKey === undefined) throw invalidHeader('x-oss-copy-source', header)
  const { name } = await findBucket(backend, decode(encodedBucket, header))
  const object = await findObject(backend, name, decode(encodedKey, header), versionId)
  return checkConditions(headers, COPY_CONDITIONS, object.facts) ? { bucketName: name, object } : null
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidHeader('x-oss-copy-source', header)
  }
}

/** @throws `OssError` EntityTooLarge. */
export function checkCopyLength({ bucketName, object }: CopySource, target: string): void {
  if (bucketName !== target && object.facts.size > MAX_LENGTH_ACROSS_BUCKETS) throw copiedTooMuch()
}

export function copiedTooMuch(): OssError {
  return new OssError('EntityTooLarge', { message: 'Source object Length exceeds the maximum allowed size' })
}
