import { open, type RootDatabase } from 'lmdb'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobSpec } from '../job.js'
import type { Outcome } from '../operations/outcome.js'
import { noTotals, type Totals } from './totals.js'

/** How far a job is. Everything behind it is in the report. */
export interface Position {
  /** The last name of the last page that is done; undefined at the start. */
  readonly startAfter: string | undefined
  /** Bytes of the report that belong to what is done. */
  readonly reportLength: number
  readonly totals: Totals
  readonly finished: boolean
}

const SPEC = 'spec'
const OWNER = 'owner'
const POSITION = 'position'
const outcomeKey = (index: number): (string | number)[] => ['outcome', index]

/** What a job has to know to be gone on with after the end of its process at any moment: an LMDB database in the job's folder. No keys, no credentials, no content. */
export class Journal {
  readonly #database: RootDatabase

  private constructor(database: RootDatabase) {
    this.#database = database
  }

  /**
   * Opens the journal in a folder, which is made unless it is there.
   *
   * @throws Error when it is another job's, or another process works on it.
   */
  static async open(folder: string, spec: JobSpec): Promise<Journal> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const database = open({ path: join(folder, 'journal.lmdb'), cache: false, noSubdir: true })
    try {
      await database.transaction(() => {
        const known = database.get(SPEC) as string | undefined
        const given = JSON.stringify(spec)
        if (known !== undefined && known !== given) throw new Error(`the journal in ${folder} is of another job`)
        const owner = database.get(OWNER) as number | undefined
        if (owner !== undefined && owner !== process.pid && isAlive(owner))
          throw new Error(`process ${String(owner)} works on the job in ${folder}`)
        void database.put(SPEC, given)
        void database.put(OWNER, process.pid)
      })
    } catch (error) {
      await database.close()
      throw error
    }
    return new Journal(database)
  }

  get position(): Position {
    const start: Position = { startAfter: undefined, reportLength: 0, totals: noTotals, finished: false }
    return (this.#database.get(POSITION) as Position | undefined) ?? start
  }

  /** What came of the objects of the page that was begun, where it is known. */
  outcomes(): Map<string, Outcome> {
    const range = this.#database.getRange({ start: outcomeKey(0), end: outcomeKey(Number.MAX_SAFE_INTEGER) })
    return new Map([...range].map(({ value }) => [(value as Outcome).name, value as Outcome]))
  }

  /** Writes down what came of an object of the page that is worked on. When this resolves, it outlives the process. */
  async record(index: number, outcome: Outcome): Promise<void> {
    await this.#database.put(outcomeKey(index), outcome)
  }

  /** Goes on to the next page: what came of this one is in the report. */
  async advance(position: Position): Promise<void> {
    await this.#database.transaction(() => {
      void this.#database.put(POSITION, position)
      const range = { start: outcomeKey(0), end: outcomeKey(Number.MAX_SAFE_INTEGER) }
      for (const key of [...this.#database.getKeys(range)]) void this.#database.remove(key)
    })
    await this.#database.flushed
  }

  async close(): Promise<void> {
    await this.#database.transaction(() => void this.#database.remove(OWNER))
    await this.#database.close()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
