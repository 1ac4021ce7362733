import { FormatError } from '../../errors.js'
import type { ReadableFileHandle } from '../../source/file-handle.js'
import type { PlatformSource } from '../../source/web-source.js'
import type { CheckpointPlace } from './checkpoint-place.js'
import { hasDatabase, inTransaction, readRecord, readRecords, removeRecord } from './web-database.js'
import { lockCheckpoint } from './web-lock.js'

/** A checkpoint, and what a page shows of it. Whatever runs in this origin can have written it. */
export interface KeptCheckpoint {
  readonly id: string
  readonly text: string
  /** What the file that is sent was. */
  readonly file: { readonly name: string; readonly length: number; readonly modifiedMs: number }
  /** Of a file that was given by its handle: to ask for it again. */
  readonly handle?: ReadableFileHandle | undefined
  readonly savedMs: number
}

/**
 * A record in IndexedDB, under a name of the caller's.
 *
 * @throws TypeError where there is no IndexedDB; OsscryptError `CheckpointInUse`, `CheckpointUnavailable`.
 */
export async function openCheckpointPlace(
  checkpoint: string,
  { file, length = 0, handle }: PlatformSource,
): Promise<CheckpointPlace> {
  if (typeof checkpoint !== 'string' || checkpoint === '') throw new TypeError('checkpoint is a name')
  if (!hasDatabase()) throw new TypeError('checkpoints are kept in IndexedDB, which this platform does not have')
  const { path: name = '', identity } = file ?? {}
  const said = { name, length, modifiedMs: Number(identity?.['modifiedMs']) }
  const lock = await lockCheckpoint(checkpoint)
  return {
    label: `the checkpoint ${JSON.stringify(checkpoint)}`,
    load: async (maxLength) => {
      const kept = await readRecord('uploads', checkpoint)
      if (kept === undefined) return null
      if (!isKept(kept) || kept.text.length > maxLength) throw new FormatError('no checkpoint is kept under this name')
      return kept.text
    },
    save: async (text) => {
      await lock.assertHeld()
      const kept: KeptCheckpoint = { id: checkpoint, text, file: said, handle, savedMs: Date.now() }
      await inTransaction('uploads', 'readwrite', (store) => {
        store.put(kept)
      })
    },
    remove: () => removeRecord('uploads', checkpoint),
    release: () => lock.release(),
  }
}

/** All checkpoints that this origin keeps. */
export async function keptCheckpoints(): Promise<KeptCheckpoint[]> {
  return (await readRecords('uploads')).filter(isKept)
}

function isKept(value: unknown): value is KeptCheckpoint {
  if (typeof value !== 'object' || value === null) return false
  const { id, text, file, savedMs } = value as Partial<KeptCheckpoint>
  return (
    typeof id === 'string' &&
    typeof text === 'string' &&
    typeof savedMs === 'number' &&
    typeof file === 'object' &&
    typeof file.name === 'string' &&
    typeof file.length === 'number' &&
    typeof file.modifiedMs === 'number'
  )
}
