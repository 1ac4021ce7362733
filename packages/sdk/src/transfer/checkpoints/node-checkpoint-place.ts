import { rm } from 'node:fs/promises'
import { readOwnFile } from '../../io/own-file.js'
import { writePrivateFile } from '../../io/private-file.js'
import type { OpenSource } from '../../source/source.js'
import type { CheckpointPlace } from './checkpoint-place.js'

/** A file, which only its owner may read and write. One process at a time works with it; that is its user's part. */
export async function openCheckpointPlace(path: string, _source: OpenSource): Promise<CheckpointPlace> {
  return fileAsPlace(path)
}

/** @see openCheckpointPlace */
export function fileAsPlace(path: string): CheckpointPlace {
  return {
    label: path,
    load: (maxLength) => readOwnFile(path, maxLength),
    save: (text) => writePrivateFile(path, text),
    remove: () => rm(path, { force: true }),
    release: () => Promise.resolve(),
  }
}
