import type { ByteRange, FoundObject, Place } from '../protocol/backend.js'
import { OssError } from '../protocol/error/oss-error.js'
import type { ObjectChanges, ObjectFacts, ObjectTraits } from '../protocol/facts.js'
import type { AnswerStream } from '../protocol/request/answer.js'
import type { Bucket } from './bucket.js'
import { checkOverwrite } from './check-overwrite.js'
import type { DataPiece, ObjectRecord } from './object-record.js'
import type { ObjectStore } from './object-store.js'
import { md5Of, readData, readSmall, SMALL } from './read-data.js'

/** An object in one of the store's buckets. */
export class LocalObject implements FoundObject {
  readonly #store: ObjectStore
  readonly bucket: Bucket
  readonly facts: ObjectRecord

  constructor(store: ObjectStore, bucket: Bucket, record: ObjectRecord) {
    this.#store = store
    this.bucket = bucket
    this.facts = record
  }

  /** A small range is read at once; a large one as the client takes it, its files held until the end. */
  read({ start, length }: ByteRange): AnswerStream {
    const { data } = this.bucket
    const { pieces } = this.facts
    if (length <= SMALL) return readSmall(data, pieces, start, length)
    return { length, read: () => readData(data, pieces, start, length), release: data.hold(pieces) }
  }

  /** No byte is copied: the new object gets this one's data files, or other names of them. */
  async copyTo(place: Place, traits: ObjectTraits): Promise<ObjectFacts> {
    const target = this.#store.get(place.bucket)
    checkOverwrite(target, place)
    const { type, size, etag, crc64, contentMd5, symlinkTarget } = this.facts
    const pieces = this.#piecesFor(target, place.key)
    // What was appended to is a whole afterwards, and has the MD5 of one as its ETag.
    const isWhole = type === 'Appendable'
    return target.commit({
      ...traits,
      key: place.key,
      deleteMarker: false,
      type: isWhole ? 'Normal' : type,
      size,
      etag: isWhole ? md5Of(target.data, pieces, size).toString('hex').toUpperCase() : etag,
      ...(contentMd5 !== undefined && { contentMd5 }),
      ...(symlinkTarget !== undefined && { symlinkTarget }),
      crc64,
      lastModifiedMs: place.nowMs,
      pieces,
    })
  }

  /** The version that is about to be replaced leaves its files to the one that replaces it. */
  #piecesFor(target: Bucket, key: string): readonly DataPiece[] {
    const { versionId, pieces, key: ownKey } = this.facts
    // Between the finding and the copying it may have been overwritten, and its files removed.
    if (!this.bucket.index.versionsOf(ownKey).includes(this.facts)) {
      throw new OssError('NoSuchKey', { elements: { Key: ownKey } })
    }
    const replaces = target === this.bucket && key === ownKey && target.record.versioning !== 'Enabled'
    return replaces && versionId === 'null' ? pieces : target.data.adopt(this.bucket.data, pieces)
  }

  async amend(changes: ObjectChanges): Promise<void> {
    this.bucket.amend(this.facts, changes)
  }
}
