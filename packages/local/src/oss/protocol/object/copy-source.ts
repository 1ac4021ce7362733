import { isDeepStrictEqual } from 'node:util'
import type { FoundObject } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import type { ObjectTraits } from '../facts.js'
import { findBucket, findObject, type OssCall } from '../request/oss-call.js'
import { checkConditions, COPY_CONDITIONS } from './conditions.js'
import { checkReadable } from './restore.js'
import { invalidHeader } from './invalid-header.js'

/** The object that a copy takes its bytes from. */
export interface CopySource {
  readonly bucketName: string
  readonly object: FoundObject
}

/** The most that CopyObject takes from another bucket, and the most that it changes the class or encryption of. */
const MAX_LENGTH_ACROSS_BUCKETS = 5 * 1024 ** 3
const MAX_LENGTH_CHANGED = 1024 ** 3

/**
 * Finds the object that `x-oss-copy-source` names: `/bucket/key`, the key percent-encoded, with or without `?versionId=`.
 *
 * @returns null when a condition says that the copy is not needed (304).
 * @throws `OssError`
 */
export async function findCopySource({ headers, backend, nowMs }: OssCall): Promise<CopySource | null> {
  const header = headers.get('x-oss-copy-source') ?? ''
  const [, encodedBucket, encodedKey, versionId] = /^\/?([^/?]+)\/([^?]+)(?:\?versionId=([^&]*))?$/.exec(header) ?? []
  if (encodedBucket === undefined || encodedKey === undefined) throw invalidHeader('x-oss-copy-source', header)
  const { name } = await findBucket(backend, decode(encodedBucket, header))
  const object = await findObject(backend, name, decode(encodedKey, header), versionId)
  checkReadable(object.facts, nowMs)
  return checkConditions(headers, COPY_CONDITIONS, object.facts) ? { bucketName: name, object } : null
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidHeader('x-oss-copy-source', header)
  }
}

/**
 * Within a bucket there is no limit as long as the bytes can stay what they are.
 *
 * @throws `OssError` EntityTooLarge.
 */
export function checkCopyLength(
  { bucketName, object: { facts } }: Pick<CopySource, 'bucketName'> & { object: Pick<FoundObject, 'facts'> },
  target: string,
  traits: Pick<ObjectTraits, 'storageClass' | 'encryption'>,
): void {
  const isChanged =
    facts.storageClass !== traits.storageClass || !isDeepStrictEqual(facts.encryption, traits.encryption)
  const limit = isChanged ? MAX_LENGTH_CHANGED : bucketName === target ? Infinity : MAX_LENGTH_ACROSS_BUCKETS
  if (facts.size > limit) throw copiedTooMuch()
}

export function copiedTooMuch(): OssError {
  return new OssError('EntityTooLarge', { message: 'Source object Length exceeds the maximum allowed size' })
}
