import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const RUN = randomBytes(6).toString('hex')
let counter = 0

/** A file name that no other file of this store has or had. */
export function uniqueName(): string {
  counter += 1
  return `${RUN}${counter.toString(36).padStart(6, '0')}`
}

const TEMPORARY = '.tmp'

/**
 * A folder of small JSON files that each appear, change and vanish at once: written under a temporary name and renamed. Nothing is
 * flushed to the disk, as a killed process is survived without it and a power loss is not what a local service has to survive.
 * The files are small and on a local disk: synchronous calls are the fastest, and make every commit a single step for everyone else.
 */
export class RecordFolder<R> {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }

  /** Reads every record and removes what a killed process left half-written. */
  readAll(): { name: string; record: R }[] {
    const all: { name: string; record: R }[] = []
    for (const name of readdirSync(this.#path)) {
      const path = join(this.#path, name)
      if (name.endsWith(TEMPORARY)) rmSync(path, { force: true })
      else all.push({ name, record: JSON.parse(readFileSync(path, 'utf8')) as R })
    }
    return all
  }

  write(name: string, record: R): void {
    const temporary = join(this.#path, `${uniqueName()}${TEMPORARY}`)
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
    renameSync(temporary, join(this.#path, name))
  }

  remove(name: string): void {
    unlinkSync(join(this.#path, name))
  }
}
