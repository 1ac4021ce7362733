import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openNotes, type Notes } from 'osscrypt-jobs'
import type { ObjectLocation } from '../location.js'

const FILE = 'times.lmdb'

/** What is noted of an object: which one it was, and the time of its file, in nanoseconds; null when it keeps none. */
type Note = readonly [etag: string, mtimeNs: string | null]

/**
 * What OSS said before of the times that objects keep of their files, for a listing does not: an LMDB database in the folder of states. A note is of one
 * ETag: an object that was replaced since is asked for again. No more is noted than OSS tells whoever may read the object.
 */
export class NotedTimes {
  readonly #path: string
  readonly #notes: Notes<unknown>

  private constructor(path: string, notes: Notes<unknown>) {
    this.#path = path
    this.#notes = notes
  }

  /** Whether there are some in a folder. */
  static areIn(folder: string): boolean {
    return existsSync(join(folder, FILE))
  }

  /**
   * Opens those in a folder, which is made unless it is there. Damaged ones are begun anew: all of it can be asked for again.
   *
   * @throws OsscryptError `UntrustedFile`; what the file system says.
   */
  static async open(folder: string): Promise<NotedTimes> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, FILE)
    try {
      return new NotedTimes(path, await openNotes(path))
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'JobDamaged') throw error
      await rm(path, { force: true })
      return new NotedTimes(path, await openNotes(path))
    }
  }

  /** The time that an object keeps; null when it keeps none, undefined when nobody asked since it was stored. */
  find(object: ObjectLocation, etag: string | undefined): bigint | null | undefined {
    const note = this.#notes.get(idOf(object))
    if (!isNote(note) || note[0] !== etag) return undefined
    return note[1] === null ? null : BigInt(note[1])
  }

  note(object: ObjectLocation, etag: string | undefined, mtimeNs: bigint | null): void {
    if (etag === undefined) return
    this.#notes.put(idOf(object), [etag, mtimeNs === null ? null : String(mtimeNs)] satisfies Note)
  }

  /** Writes what is not written yet. Notes that turned out to be damaged are deleted: what was in them is asked for again. */
  async close(): Promise<void> {
    if (!(await this.#notes.close())) await rm(this.#path, { force: true })
  }
}

/** What is read may have been damaged. */
function isNote(note: unknown): note is Note {
  if (!Array.isArray(note)) return false
  const [etag, mtimeNs] = note as readonly unknown[]
  return typeof etag === 'string' && (mtimeNs === null || (typeof mtimeNs === 'string' && /^-?\d+$/.test(mtimeNs)))
}

function idOf({ bucket, key }: ObjectLocation): string {
  return `${bucket}/${key}`
}
