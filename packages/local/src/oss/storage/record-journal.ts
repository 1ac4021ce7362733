import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const JOURNAL = 'journal'
/** A journal is written anew once so many of its lines, and most of them, say nothing any more. */
const MAX_STALE_LINES = 10_000

/** A line: a record by its name, or that there is none any more. */
interface Line<R> {
  readonly name: string
  readonly record?: R
}

/**
 * Small records, each kept and removed by one line at the end of a file: one call to the system, where a file for each takes four.
 * Nothing is flushed to the disk, as a killed process is survived without it and a power loss is not what a local service has to
 * survive. A line that was left unfinished was never answered for, and is dropped.
 */
export class RecordJournal<R> {
  readonly #path: string
  readonly #nameOf: (record: R) => string
  readonly #records = new Map<string, R>()
  #lines = 0
  #isTorn = false
  #descriptor: number | undefined

  constructor(folder: string, nameOf: (record: R) => string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#path = join(folder, JOURNAL)
    this.#nameOf = nameOf
    const text = readText(this.#path)
    for (const json of text.split('\n')) this.#load(json)
    this.#takeOver(folder)
    const hasEnd = text === '' || text.endsWith('\n')
    if (this.#lines > this.#records.size || !hasEnd) this.#rewrite()
  }

  #load(json: string): void {
    if (json === '') return
    this.#lines += 1
    const line = readLine<R>(json)
    if (line?.record !== undefined) this.#records.set(line.name, line.record)
    else if (line !== null) this.#records.delete(line.name)
  }

  /** Earlier versions kept each record in a file of its own. */
  #takeOver(folder: string): void {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    if (files.length === 0) return
    for (const file of files) {
      const record = JSON.parse(readFileSync(join(folder, file), 'utf8')) as R
      const name = this.#nameOf(record)
      if (!this.#records.has(name)) this.#records.set(name, record)
    }
    this.#rewrite()
    for (const file of files) rmSync(join(folder, file))
  }

  all(): R[] {
    return [...this.#records.values()]
  }

  /** Keeps a record in the place of the one with its name. */
  put(record: R): void {
    const name = this.#nameOf(record)
    this.#append({ name, record })
    this.#records.set(name, record)
    this.#tidy()
  }

  remove(record: R): void {
    const name = this.#nameOf(record)
    this.#append({ name })
    this.#records.delete(name)
    this.#tidy()
  }

  #append(line: Line<R>): void {
    this.#descriptor ??= openSync(this.#path, 'a', 0o600)
    try {
      writeWhole(this.#descriptor, `${this.#isTorn ? '\n' : ''}${JSON.stringify(line)}\n`)
      this.#isTorn = false
    } catch (error) {
      // A full disk may have cut the line short: the next one must not be taken for its end.
      this.#isTorn = true
      throw error
    }
    this.#lines += 1
  }

  #tidy(): void {
    const stale = this.#lines - this.#records.size
    if (stale > MAX_STALE_LINES && stale > this.#records.size) this.#rewrite()
  }

  /** The new journal takes the place of the old one at once. */
  #rewrite(): void {
    this.close()
    const temporary = `${this.#path}.tmp`
    const descriptor = openSync(temporary, 'w', 0o600)
    try {
      for (const [name, record] of this.#records) writeWhole(descriptor, `${JSON.stringify({ name, record })}\n`)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, this.#path)
    this.#lines = this.#records.size
  }

  /** Lets go of the file; writing opens it again. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Null when the line was left unfinished. */
function readLine<R>(json: string): Line<R> | null {
  try {
    return JSON.parse(json) as Line<R>
  } catch {
    return null
  }
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at)
}
