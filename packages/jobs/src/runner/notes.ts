import { openDatabase } from './open-database.js'

/** Values by keys, in a file, for what a program can find out again, and would rather not. Several processes may share it. */
export interface Notes<Value> {
  get(key: string): Value | undefined
  /** Resolves when it is written. */
  put(key: string, value: Value): Promise<void>
  /** Waits for what is being written. */
  close(): Promise<void>
}

/**
 * Opens the notes in a file, which is made unless it is there.
 *
 * @throws JobFolderError `JobDamaged` when the file is none, or was cut.
 */
export async function openNotes<Value>(path: string): Promise<Notes<Value>> {
  const database = await openDatabase<Value>(path)
  return {
    get: (key) => database.get(key),
    put: async (key, value) => {
      await database.put(key, value)
    },
    close: () => database.close(),
  }
}
