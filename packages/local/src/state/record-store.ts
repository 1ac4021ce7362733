import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LocalCloudError } from '../local-cloud-error.js'
import { makePrivateFolder, unfinishedSuffix, writePrivateFile } from './private-file.js'

/**
 * Records of one kind, each in a file of its own, all of them in memory.
 *
 * `put` and `delete` return when the disk has it, so that whatever was answered to a client survives a kill, and they are
 * synchronous, so that what an operation read is still so when it writes. File names are hashes: a record's id may hold any
 * characters.
 */
export class RecordStore<T extends object> {
  readonly #folder: string
  readonly #idOf: (record: T) => string
  readonly #records = new Map<string, T>()

  /** @throws {LocalCloudError} `STATE_UNREADABLE` naming the file that is no record. */
  constructor(folder: string, idOf: (record: T) => string) {
    this.#folder = folder
    this.#idOf = idOf
    makePrivateFolder(folder)
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name)
      if (name.endsWith(unfinishedSuffix)) rmSync(path, { force: true })
      else if (name.endsWith('.json')) this.#load(path)
    }
  }

  get(id: string): T | undefined {
    return this.#records.get(id)
  }

  /** Every record, in no particular order. */
  values(): T[] {
    return [...this.#records.values()]
  }

  /** Stores a new record, or one in the place of the record with its id. */
  put(record: T): void {
    const id = this.#idOf(record)
    writePrivateFile(this.#pathOf(id), `${JSON.stringify(record, undefined, 2)}\n`)
    this.#records.set(id, record)
  }

  /** Removes a record; nothing happens when there is none. */
  delete(id: string): void {
    rmSync(this.#pathOf(id), { force: true })
    this.#records.delete(id)
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${createHash('sha256').update(id).digest('hex')}.json`)
  }

  #load(path: string): void {
    try {
      const record = JSON.parse(readFileSync(path, 'utf8')) as T
      const id: unknown = this.#idOf(record)
      if (typeof id !== 'string' || this.#pathOf(id) !== path) throw new TypeError('not a record of this store')
      this.#records.set(id, record)
    } catch (cause) {
      throw new LocalCloudError('STATE_UNREADABLE', `${path} is damaged or cannot be read`, { cause })
    }
  }
}
