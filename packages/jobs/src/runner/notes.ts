import type { RootDatabase } from 'lmdb'
import { openDatabase } from './open-database.js'

/** So many are written with one transaction; who is killed loses as many. */
const WRITTEN_AT_ONCE = 500

/** Values by keys, in a file, for what a program can find out again, and would rather not. Several processes may share it. */
export interface Notes<Value> {
  /** Undefined for what is not there, and where the file is damaged. */
  get(key: string): Value | undefined
  /** Has it written soon, or when the notes are closed. What cannot be written is not noted. */
  put(key: string, value: Value): void
  /** Writes what is left. @returns whether all could be read and written: a file that is damaged, or full, is of no more use. */
  close(): Promise<boolean>
}

/**
 * Opens the notes in a file, which is made unless it is there.
 *
 * @throws JobFolderError `JobDamaged` when the file is none, or was cut; OsscryptError `UntrustedFile`.
 */
export async function openNotes<Value>(path: string): Promise<Notes<Value>> {
  return new NotesFile(await openDatabase<Value>(path))
}

class NotesFile<Value> implements Notes<Value> {
  readonly #database: RootDatabase<Value, string>
  readonly #waiting = new Map<string, Value>()
  #isGood = true

  constructor(database: RootDatabase<Value, string>) {
    this.#database = database
  }

  get(key: string): Value | undefined {
    return this.#waiting.get(key) ?? this.#try(() => this.#database.get(key))
  }

  put(key: string, value: Value): void {
    this.#waiting.set(key, value)
    if (this.#waiting.size >= WRITTEN_AT_ONCE) this.#write()
  }

  async close(): Promise<boolean> {
    this.#write()
    // After a write that failed, closing would never end: the file is closed with the process.
    if (this.#isGood) await this.#database.close()
    return this.#isGood
  }

  /** While nobody waits for it: of a write that goes on by itself and fails, LMDB's binding rejects promises that nobody has, which ends the process. */
  #write(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    if (waiting.length === 0) return
    this.#try(() => {
      this.#database.transactionSync(() => {
        for (const [key, value] of waiting) this.#database.putSync(key, value)
      })
    })
  }

  /** Leaves alone what went wrong once. */
  #try<Result>(act: () => Result): Result | undefined {
    if (!this.#isGood) return undefined
    try {
      return act()
    } catch {
      this.#isGood = false
      return undefined
    }
  }
}
