import type { RootDatabase } from 'lmdb'
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobSpec } from '../job.js'
import type { Outcome } from '../operations/outcome.js'
import { JobFolderError } from './job-folder-error.js'
import { openDatabase } from './open-database.js'
import { BEAT_MS, isWorking, thisOwner, type Owner } from './owner.js'
import { noTotals, type Totals } from './totals.js'

/** How far a job is. Everything behind it is in the report. */
export interface Position {
  /** The cursor of the last page that is done; undefined at the start. */
  readonly cursor: string | undefined
  /** Pages that are done. */
  readonly pages: number
  /** Bytes of the report that belong to what is done. */
  readonly reportLength: number
  readonly totals: Totals
  /** When the job came to its end: milliseconds since 1970. */
  readonly finished?: number | undefined
}

const SPEC = 'spec'
// What had these names without the number was of another shape.
const OWNER = 'owner-2'
const BEGUN = 'begun'
const POSITION = 'position-2'
const OUTCOMES = 'outcomes'
/** Behind every number. */
const END = Number.MAX_SAFE_INTEGER

/** So much of the work is done again after a kill, at most; more where writes take long, so that little time goes by in them. */
const WRITTEN_AFTER_MS = 20
const TIMES_A_WRITE = 10

/** The journals of the jobs that this process works on. */
const openHere = new Set<string>()

/** What a job has to know to be gone on with after the end of its process at any moment: an LMDB database in the job's folder. No keys, no credentials, no content. */
export class Journal {
  readonly #database: RootDatabase
  readonly #path: string
  readonly #owner: Owner
  readonly #beats: NodeJS.Timeout
  /** What is to be written down, by page. */
  readonly #waiting = new Map<number, Outcome[]>()
  #timer: NodeJS.Timeout | undefined
  #writeAfterMs = WRITTEN_AFTER_MS
  /** The number of the last batch of outcomes. */
  #batch = 0
  /** The first write that went wrong. */
  #failure: { readonly error: unknown } | undefined

  private constructor(database: RootDatabase, path: string, owner: Owner) {
    this.#database = database
    this.#path = path
    this.#owner = owner
    this.#beats = setInterval(() => this.#beat(), BEAT_MS).unref()
  }

  /**
   * Opens the journal in a folder, which is made unless it is there.
   *
   * @param again Whether a job that came to its end is begun anew.
   * @throws JobFolderError when it is another job's, or another process works on it, or it is damaged.
   */
  static async open(folder: string, spec: JobSpec, again: boolean): Promise<Journal> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(await realpath(folder), 'journal.lmdb')
    // LMDB would give both the same database, which the first to close would close for both.
    if (openHere.has(path)) throw new JobFolderError('JobInUse', `this process works on the job in ${folder}`)
    openHere.add(path)
    try {
      const database = await openDatabase(path)
      try {
        return new Journal(database, path, take(database, folder, spec, again))
      } catch (error) {
        if (error instanceof JobFolderError) await database.close()
        throw error
      }
    } catch (error) {
      openHere.delete(path)
      throw error
    }
  }

  /** When the job was first begun: milliseconds since 1970. */
  get begun(): number {
    return this.#database.get(BEGUN) as number
  }

  get position(): Position {
    const start: Position = { cursor: undefined, pages: 0, reportLength: 0, totals: noTotals }
    return (this.#database.get(POSITION) as Position | undefined) ?? start
  }

  /** What came of objects of pages that were begun, where it is known, by {@link outcomeId}. */
  outcomes(): Map<string, Outcome> {
    const known = new Map<string, Outcome>()
    for (const { key, value } of this.#database.getRange({ start: [OUTCOMES], end: [OUTCOMES, END] })) {
      const [, , batch] = key as [string, number, number]
      this.#batch = Math.max(this.#batch, batch)
      for (const outcome of value as Outcome[]) known.set(outcomeId(outcome), outcome)
    }
    return known
  }

  /**
   * Has it written down what came of an object of a page that is worked on: soon, together with what comes at the same time. Of what is lost with the process the
   * object's own state tells, when it is worked on again.
   */
  record(page: number, outcome: Outcome): void {
    const waiting = this.#waiting.get(page)
    if (waiting) waiting.push(outcome)
    else this.#waiting.set(page, [outcome])
    this.#timer ??= setTimeout(() => this.#write(), this.#writeAfterMs)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    const batch = ++this.#batch
    const begun = performance.now()
    this.#commit(() => {
      for (const [page, outcomes] of this.#waiting) this.#database.putSync([OUTCOMES, page, batch], outcomes)
    })
    this.#waiting.clear()
    this.#writeAfterMs = Math.max(WRITTEN_AFTER_MS, TIMES_A_WRITE * (performance.now() - begun))
  }

  /** Says that this process works on the job still. */
  #beat(): void {
    this.#commit(() => {
      this.#assertOwned()
      this.#database.putSync(OWNER, { ...this.#owner, beat: Date.now() })
    })
  }

  /**
   * Writes while nobody waits for it: of a write that goes on by itself and fails, LMDB's binding rejects promises that nobody has, which ends the process. After one
   * that failed there is no other.
   */
  #commit(write: () => void): void {
    if (this.#failure) return
    try {
      this.#database.transactionSync(write)
    } catch (error) {
      this.#failure = { error }
    }
  }

  /** @throws JobFolderError when another process has taken the job over, as this one was not heard of. */
  #assertOwned(): void {
    const owner = this.#database.get(OWNER) as Owner | undefined
    if (owner?.token !== this.#owner.token)
      throw new JobFolderError('JobInUse', `process ${String(owner?.pid)} has taken the job over`)
  }

  /**
   * Goes on to the next page: what came of those before is in the report. When this returns, it outlives the process.
   *
   * @throws what went wrong with this write, or one before; JobFolderError when another process has taken the job over.
   */
  advance(position: Position): void {
    const end = position.finished === undefined ? position.pages : END
    for (const page of this.#waiting.keys()) if (page < end) this.#waiting.delete(page)
    this.#commit(() => {
      this.#assertOwned()
      this.#database.putSync(POSITION, position)
      for (const key of [...this.#database.getKeys({ start: [OUTCOMES], end: [OUTCOMES, end] })])
        this.#database.removeSync(key)
    })
    if (this.#failure) throw this.#failure.error
  }

  /** Writes what is left. After a write that failed the file is closed with the process: LMDB would wait for ever. */
  async close(): Promise<void> {
    clearInterval(this.#beats)
    this.#write()
    this.#commit(() => {
      if ((this.#database.get(OWNER) as Owner | undefined)?.token === this.#owner.token)
        this.#database.removeSync(OWNER)
    })
    if (!this.#failure) await this.#database.close()
    openHere.delete(this.#path)
  }
}

/** Makes this process the owner of a job. @throws JobFolderError. */
function take(database: RootDatabase, folder: string, spec: JobSpec, again: boolean): Owner {
  const owner = thisOwner()
  database.transactionSync(() => {
    const known = database.get(SPEC) as string | undefined
    const given = JSON.stringify(spec)
    if (known !== undefined && known !== given)
      throw new JobFolderError('JobMismatch', `the journal in ${folder} is of another job${differencesOf(known, spec)}`)
    const other = database.get(OWNER) as Owner | undefined
    if (other && isWorking(other)) {
      const where = other.place === owner.place ? '' : ' of another container, or start of the machine,'
      throw new JobFolderError('JobInUse', `process ${String(other.pid)}${where} works on the job in ${folder}`)
    }
    const isOver = (database.get(POSITION) as Position | undefined)?.finished !== undefined
    if (again && isOver) database.removeSync(POSITION)
    if (database.get(BEGUN) === undefined || (again && isOver)) database.putSync(BEGUN, Date.now())
    database.putSync(SPEC, given)
    database.putSync(OWNER, owner)
  })
  return owner
}

/** What tells the outcomes of a job apart. */
export function outcomeId({ name, version }: Pick<Outcome, 'name' | 'version'>): string {
  return JSON.stringify([name, version?.id])
}

/** What tells a job apart from the one that a journal is of, by the names of the fields. */
function differencesOf(known: string, given: JobSpec): string {
  const fieldsOf = ({ task, ...rest }: JobSpec) => ({ ...rest, ...task }) as Readonly<Record<string, unknown>>
  const [one, other] = [fieldsOf(JSON.parse(known) as JobSpec), fieldsOf(given)]
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  const different = names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
  return different.length === 0 ? '' : `: another ${different.join(', another ')}`
}
