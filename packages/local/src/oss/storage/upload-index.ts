import { join } from 'node:path'
import type { DataFolder } from './data-folder.js'
import type { UploadFacts } from '../protocol/facts.js'
import type { DataPiece, PartRecord } from './object-record.js'
import { RecordFolder } from './record-folder.js'

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
  readonly #uploadFolder: RecordFolder<UploadFacts>
  readonly #partFolder: RecordFolder<PartRecord>
  readonly #uploads = new Map<string, OpenUpload>()

  constructor(bucketPath: string, data: DataFolder) {
    this.#data = data
    this.#uploadFolder = new RecordFolder(join(bucketPath, 'uploads'))
    this.#partFolder = new RecordFolder(join(bucketPath, 'parts'))
  }

  /** Reads what is on disk, without the uploads that were completed just before the process was killed. */
  load(completed: ReadonlySet<string>): void {
    for (const { name, record } of this.#uploadFolder.readAll()) {
      if (completed.has(record.uploadId)) this.#uploadFolder.remove(name)
      else this.#uploads.set(record.uploadId, { ...record, parts: new Map() })
    }
    for (const { name, record } of this.#partFolder.readAll()) {
      const upload = this.#uploads.get(record.uploadId)
      if (upload === undefined) this.#partFolder.remove(name)
      else upload.parts.set(record.partNumber, record)
    }
  }

  get size(): number {
    return this.#uploads.size
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
    this.#uploadFolder.write(uploadFile(record.uploadId), record)
    this.#uploads.set(record.uploadId, { ...record, parts: new Map() })
  }

  /** Adds a part, in the place of the one with the same number. Returns false, adding nothing, when the upload is over. */
  putPart(part: PartRecord): boolean {
    const upload = this.#uploads.get(part.uploadId)
    if (upload === undefined) return false
    const replaced = upload.parts.get(part.partNumber)
    this.#partFolder.write(partFile(part), part)
    upload.parts.set(part.partNumber, part)
    if (replaced !== undefined) this.#data.remove(replaced.pieces)
    return true
  }

  /** Forgets an upload and removes its data, save that of the parts that went into the object. */
  end(uploadId: string, used: ReadonlySet<PartRecord>): void {
    const upload = this.#uploads.get(uploadId)
    if (upload === undefined) return
    this.#uploads.delete(uploadId)
    this.#uploadFolder.remove(uploadFile(uploadId))
    for (const part of upload.parts.values()) {
      this.#partFolder.remove(partFile(part))
      if (!used.has(part)) this.#data.remove(part.pieces)
    }
  }
}

function uploadFile(uploadId: string): string {
  return `${uploadId}.json`
}

function partFile({ uploadId, partNumber }: PartRecord): string {
  return `${uploadId}.${partNumber}.json`
}
