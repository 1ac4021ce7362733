import type { PlatformSource } from '#source'
import type { SealingKey } from '../format/object-format.js'
import type { StoredAnswer } from '../store/object-store.js'
import type { SealedObject } from '../transfer/sealed-object.js'
import type { SendObjectOptions } from '../transfer/send-options.js'
import type { PutParts } from './put-parts.js'

/** There is none on this platform. */
export interface ResumableUpload {
  readonly none: never
}

/**
 * Stands where a platform has no files in which the state of an upload could be kept.
 *
 * @throws TypeError when that is asked for.
 */
export function planResumable(
  _parts: PutParts,
  _opened: PlatformSource,
  { checkpoint }: { readonly checkpoint?: string | undefined },
  _object: object,
): ResumableUpload | undefined {
  if (checkpoint !== undefined) throw new TypeError('a checkpoint is kept in a file, of which this platform has none')
  return undefined
}

export function resumeUpload(
  upload: ResumableUpload,
  _options: SendObjectOptions,
): Promise<{ readonly res: StoredAnswer; readonly encryption: SealingKey['encryption'] } | null> {
  return upload.none
}

export function beginResumable(
  upload: ResumableUpload,
  _key: SealingKey,
  _sealed: SealedObject,
  _options: SendObjectOptions,
): Promise<StoredAnswer> {
  return upload.none
}
