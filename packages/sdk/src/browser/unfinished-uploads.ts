import { OsscryptError } from '../errors.js'
import type { ReadableFileHandle } from '../source/file-handle.js'
import { readUnverifiedUpload } from '../transfer/checkpoints/upload-checkpoint.js'
import { keptCheckpoints } from '../transfer/checkpoints/web-checkpoint-place.js'
import { removeRecord } from '../transfer/checkpoints/web-database.js'
import { findLocked, lockCheckpoint } from '../transfer/checkpoints/web-lock.js'

/** An upload that this origin keeps a checkpoint of, as whatever wrote that says: it is verified by the `put` that goes on with it. */
export interface UnfinishedUpload {
  /** The name to give to `put`. */
  readonly checkpoint: string
  readonly bucket: string | null
  /** Of the object. */
  readonly name: string
  readonly uploadId: string
  /** What `put` is to be given again: a File that says the same of itself. */
  readonly file: { readonly name: string; readonly length: number; readonly modified: Date }
  /** Of a file that was given by its handle: to give to `put`, when the user lets it be read (`requestPermission`). */
  readonly handle: ReadableFileHandle | undefined
  /** Bytes of ciphertext that OSS has. */
  readonly sentLength: number
  readonly saved: Date
  /** Whether a page works with it at this moment. */
  readonly inUse: boolean
}

/**
 * The uploads of this origin that can be gone on with, in a browser; those that were saved last come first. What is no checkpoint, or was written by
 * another version, is left out.
 *
 * @throws OsscryptError `CheckpointUnavailable`; TypeError where there is no IndexedDB.
 */
export async function listUnfinishedUploads(): Promise<UnfinishedUpload[]> {
  const kept = await keptCheckpoints()
  const locked = await findLocked(kept.map(({ id }) => id))
  return kept
    .sort((left, right) => right.savedMs - left.savedMs)
    .flatMap(({ id, text, file: { name: fileName, length, modifiedMs }, handle, savedMs }) => {
      const said = readIfWhole(text, id)
      if (!said) return []
      const { bucket, name, uploadId, parts } = said
      const file = { name: fileName, length, modified: new Date(modifiedMs) }
      const sentLength = parts.reduce((sum, part) => sum + part.length, 0)
      const inUse = locked.has(id)
      return [{ checkpoint: id, bucket, name, uploadId, file, handle, sentLength, saved: new Date(savedMs), inUse }]
    })
}

/**
 * Forgets the checkpoint of an upload; one that is not there is no error. What OSS has of it stays there until it is aborted, with the client's `abortUpload`.
 *
 * @throws OsscryptError `CheckpointInUse` when a page works with it; `CheckpointUnavailable`.
 */
export async function forgetUpload(checkpoint: string): Promise<void> {
  const lock = await lockCheckpoint(checkpoint)
  try {
    await removeRecord('uploads', checkpoint)
  } finally {
    await lock.release()
  }
}

function readIfWhole(text: string, label: string) {
  try {
    return readUnverifiedUpload(text, label)
  } catch (error) {
    if (error instanceof OsscryptError) return undefined
    throw error
  }
}
