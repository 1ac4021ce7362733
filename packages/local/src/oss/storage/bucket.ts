import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { OssError } from '../protocol/error/oss-error.js'
import type { BucketChanges, BucketFacts, ObjectChanges } from '../protocol/facts.js'
import { DataFolder } from './data-folder.js'
import { ObjectIndex } from './object-index.js'
import type { DataPiece, NewObject, ObjectRecord } from './object-record.js'
import { RecordFolder } from './record-folder.js'
import { RecordJournal } from './record-journal.js'
import { UploadIndex } from './upload-index.js'

const BUCKET_FILE = 'bucket.json'

/** A bucket in a folder of its own. Every change is one step: a line in a journal, or the rename of the bucket's own file. */
export class Bucket {
  readonly index = new ObjectIndex()
  readonly uploads: UploadIndex
  readonly data: DataFolder
  readonly #path: string
  readonly #own: RecordFolder<BucketFacts>
  readonly #objects: RecordJournal<ObjectRecord>
  #record: BucketFacts
  #order = 0
  #deleted = false

  private constructor(path: string, record: BucketFacts) {
    this.#path = path
    this.#record = record
    this.data = new DataFolder(join(path, 'data'))
    this.#own = new RecordFolder(join(path, 'bucket'))
    this.#objects = new RecordJournal(join(path, 'objects'), nameOf)
    this.uploads = new UploadIndex(path, this.data)
  }

  static create(path: string, record: BucketFacts): Bucket {
    const bucket = new Bucket(path, record)
    bucket.#own.write(BUCKET_FILE, record)
    return bucket
  }

  /** Opens the bucket in a folder, or removes the folder when the bucket's creation or removal was cut short. */
  static open(path: string): Bucket | null {
    const own = new RecordFolder<BucketFacts>(join(path, 'bucket')).readAll()[0]
    if (own === undefined) {
      rmSync(path, { recursive: true, force: true })
      return null
    }
    const bucket = new Bucket(path, own.record)
    bucket.#load()
    return bucket
  }

  #load(): void {
    const records = this.#objects.all()
    this.index.load(records)
    for (const { order } of records) this.#order = Math.max(this.#order, order)
    this.uploads.load(new Set(records.flatMap(({ uploadId }) => (uploadId === undefined ? [] : [uploadId]))))
    const used = [...records.flatMap(({ pieces }) => pieces), ...this.uploads.pieces()]
    this.data.sweep(new Set(used.map(({ file }) => file)))
  }

  get record(): BucketFacts {
    return this.#record
  }

  update(changes: BucketChanges): void {
    this.#mustExist()
    const record = { ...this.#record, ...changes }
    this.#own.write(BUCKET_FILE, record)
    this.#record = record
  }

  /** Makes a record the newest version of its key, and removes the data of the version it replaces. */
  commit(record: NewObject): ObjectRecord {
    this.#mustExist()
    const order = this.#order + 1
    const versionId = this.#record.versioning === 'Enabled' ? versionIdOf(order) : 'null'
    const committed: ObjectRecord = { ...record, versionId, order }
    const replaced = this.index.versionsOf(record.key).find((version) => version.versionId === versionId)
    this.#objects.put(committed)
    this.#order = order
    this.index.put(committed)
    if (replaced !== undefined) this.#removeUnused(replaced, committed.pieces)
    return committed
  }

  /** Changes what is kept about a version, not its data. */
  amend(record: ObjectRecord, changes: ObjectChanges): void {
    this.#mustExist()
    const amended = { ...record, ...changes }
    this.#objects.put(amended)
    this.index.replace(amended)
  }

  /** Puts data at the end of what a version has, which gives up its own record of it. */
  extend(
    record: ObjectRecord,
    changes: Pick<ObjectRecord, 'size' | 'etag' | 'crc64' | 'lastModifiedMs' | 'pieces'>,
  ): ObjectRecord {
    this.#mustExist()
    const extended = { ...record, ...changes }
    this.#objects.put(extended)
    this.index.replace(extended)
    return extended
  }

  /** Removes a version and its data. */
  remove(record: ObjectRecord): void {
    this.#mustExist()
    this.#objects.remove(record)
    this.index.remove(record)
    this.#removeUnused(record, [])
  }

  #removeUnused(record: ObjectRecord, used: readonly DataPiece[]): void {
    const kept = new Set(used.map(({ file }) => file))
    this.data.remove(record.pieces.filter(({ file }) => !kept.has(file)))
  }

  /** @throws `OssError` BucketNotEmpty. */
  delete(): void {
    this.#mustExist()
    if (this.index.keys.length > 0 || this.uploads.size > 0) throw new OssError('BucketNotEmpty')
    this.#own.remove(BUCKET_FILE)
    this.#deleted = true
    this.close()
    rmSync(this.#path, { recursive: true, force: true })
  }

  /** Lets go of the journals. */
  close(): void {
    this.#objects.close()
    this.uploads.close()
  }

  /** A request that began before the bucket's removal may end after it. */
  #mustExist(): void {
    if (this.#deleted) throw new OssError('NoSuchBucket', { elements: { BucketName: this.#record.name } })
  }
}

function nameOf({ key, versionId }: ObjectRecord): string {
  return `${versionId}/${key}`
}

/** Never the same twice, not even when the version with the highest number is removed and the process starts anew. */
function versionIdOf(order: number): string {
  return `CAEQ${order.toString(16).padStart(8, '0')}${randomBytes(16).toString('hex')}`
}
