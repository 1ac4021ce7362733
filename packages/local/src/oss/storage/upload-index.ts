import { join } from 'node:path'
import type { DataFolder } from './data-folder.js'
import type { UploadFacts } from '../protocol/facts.js'
import type { DataPiece, PartRecord } from './object-record.js'
import { RecordJournal } from './record-journal.js'

/** A multipart upload that is under way. */
export interface Upload extends UploadFacts {
  readonly parts: ReadonlyMap<number, PartRecord>
}

interface OpenUpload extends UploadFacts {
  readonly parts: Map<number, PartRecord>
}

/** The multipart uploads of a bucket that are under way. */
export class UploadIndex {
  readonly #data: DataFolder
  readonly #uploadJournal: RecordJournal<UploadFacts>
  readonly #partJournal: RecordJournal<PartRecord>
  readonly #uploads = new Map<string, OpenUpload>()

  constructor(bucketPath: string, data: DataFolder) {
    this.#data = data
    this.#uploadJournal = new RecordJournal(join(bucketPath, 'uploads'), ({ uploadId }) => uploadId)
    this.#partJournal = new RecordJournal(join(bucketPath, 'parts'), partName)
  }

  /** Reads what is on disk, without the uploads that were completed just before the process was killed. */
  load(completed: ReadonlySet<string>): void {
    for (const record of this.#uploadJournal.all()) {
      if (completed.has(record.uploadId)) this.#uploadJournal.remove(record)
      else this.#uploads.set(record.uploadId, { ...record, parts: new Map() })
    }
    for (const record of this.#partJournal.all()) {
      const upload = this.#uploads.get(record.uploadId)
      if (upload === undefined) this.#partJournal.remove(record)
      else upload.parts.set(record.partNumber, record)
    }
  }

  get size(): number {
    return this.#uploads.size
  }

  /** Lets go of the journals. */
  close(): void {
    this.#uploadJournal.close()
    this.#partJournal.close()
  }

  /** The data that the parts use. */
  *pieces(): Generator<DataPiece> {
    for (const { parts } of this.#uploads.values()) {
      for (const { pieces } of parts.values()) yield* pieces
    }
  }

  all(): Upload[] {
    return [...this.#uploads.values()]
  }

  /** The upload with this id, if it is one to this key. */
  find(uploadId: string, key: string): Upload | null {
    const upload = this.#uploads.get(uploadId)
    return upload?.key === key ? upload : null
  }

  begin(record: UploadFacts): void {
    this.#uploadJournal.put(record)
    this.#uploads.set(record.uploadId, { ...record, parts: new Map() })
  }

  /** Adds a part, in the place of the one with the same number. Returns false, adding nothing, when the upload is over. */
  putPart(part: PartRecord): boolean {
    const upload = this.#uploads.get(part.uploadId)
    if (upload === undefined) return false
    const replaced = upload.parts.get(part.partNumber)
    this.#partJournal.put(part)
    upload.parts.set(part.partNumber, part)
    if (replaced !== undefined) this.#data.remove(replaced.pieces)
    return true
  }

  /** Forgets an upload and removes its data, save that of the parts that went into the object. */
  end(uploadId: string, used: ReadonlySet<PartRecord>): void {
    const upload = this.#uploads.get(uploadId)
    if (upload === undefined) return
    this.#uploads.delete(uploadId)
    this.#uploadJournal.remove(upload)
    for (const part of upload.parts.values()) {
      this.#partJournal.remove(part)
      if (!used.has(part)) this.#data.remove(part.pieces)
    }
  }
}

function partName({ uploadId, partNumber }: PartRecord): string {
  return `${uploadId}/${partNumber}`
}
