import { FormatError, OsscryptError } from '../../errors.js'
import type { ObjectIdentity } from '../fetch.js'
import { fileAsPlace } from './node-checkpoint-place.js'
import { loadRecord, saveRecord } from './record.js'

/** What is written down of a download, so that another process can go on with it. Nothing of it is secret, and nothing is believed unchecked. */
export interface DownloadCheckpoint extends ObjectIdentity {
  /** Null where the store does not say it. */
  readonly bucket: string | null
  readonly name: string
  /** The version that was asked for. */
  readonly versionId: string | null
  readonly algorithm: string
  /** The absolute path of the file that the object is to become. */
  readonly target: string
  /** Names the file beside the target that the ciphertext is collected in. */
  readonly partial: string
  /** How many bytes of it, from the first, are certain to be on the disk. */
  readonly collected: number
  /** Names the file beside the target that plaintext was being written to, if there was one. */
  readonly temporary: string | null
}

/** A few hundred bytes, and names of at most 1 KiB. */
const CHECKPOINT = { kind: 'osscrypt download checkpoint', version: 1, maxLength: 64 * 1024 }

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Writes a checkpoint, in place of the one that is there. */
export function saveCheckpoint(path: string, checkpoint: DownloadCheckpoint): Promise<void> {
  return saveRecord(CHECKPOINT, fileAsPlace(path), checkpoint)
}

/** Removes a checkpoint. */
export function removeCheckpoint(path: string): Promise<void> {
  return fileAsPlace(path).remove()
}

/**
 * Reads a checkpoint; null when there is none.
 *
 * @throws {@link FormatError} when the file is something else, or was written by something newer; what the file system says.
 */
export async function loadCheckpoint(path: string): Promise<DownloadCheckpoint | null> {
  const fields = await loadRecord(CHECKPOINT, fileAsPlace(path))
  if (fields && !isCheckpoint(fields)) throw new FormatError(`${path} is no whole checkpoint of a download`)
  return fields
}

/**
 * Asserts that a checkpoint is of the download that is asked for.
 *
 * @throws OsscryptError `CheckpointMismatch`.
 */
export function assertSameDownload(
  checkpoint: DownloadCheckpoint,
  asked: Pick<DownloadCheckpoint, 'bucket' | 'name' | 'versionId' | 'target'>,
): void {
  for (const field of ['bucket', 'name', 'versionId', 'target'] as const) {
    if (checkpoint[field] === asked[field]) continue
    const what = { bucket: 'bucket', name: 'object', versionId: 'version', target: 'file' }[field]
    throw new OsscryptError(
      'CheckpointMismatch',
      `the checkpoint is of the download of another ${what}: ${String(checkpoint[field])}`,
    )
  }
}

function isCheckpoint(value: Record<string, unknown> | DownloadCheckpoint): value is DownloadCheckpoint {
  const { bucket, name, versionId, etag, totalLength, algorithm, target, partial, collected, temporary } = value
  return (
    [name, etag, algorithm, target].every((text) => typeof text === 'string') &&
    [bucket, versionId].every((text) => text === null || typeof text === 'string') &&
    isId(partial) &&
    (temporary === null || isId(temporary)) &&
    isLength(totalLength) &&
    isLength(collected) &&
    collected <= totalLength
  )
}

/** Parts of paths: nothing but what was made here may lead to a file. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
