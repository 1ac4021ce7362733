import { createHash } from 'node:crypto'
import type {
  Backend,
  Deletion,
  FoundObject,
  FoundUpload,
  KeyQuery,
  Page,
  Place,
  RequestBody,
  UploadPage,
  UploadQuery,
  VersionPage,
  VersionQuery,
} from '../protocol/backend.js'
import type { BucketChanges, BucketFacts, ObjectFacts, ObjectTraits, UploadFacts } from '../protocol/facts.js'
import { appendObject } from './append-object.js'
import { checkOverwrite } from './check-overwrite.js'
import { commitOrRemove, etagOf } from './commit-or-remove.js'
import { deleteObject } from './delete-object.js'
import { listKeys } from './list-keys.js'
import { listUploads } from './list-uploads.js'
import { listVersions } from './list-versions.js'
import { LocalObject } from './local-object.js'
import { LocalUpload } from './local-upload.js'
import { ObjectStore } from './object-store.js'
import { writeBody } from './write-body.js'

/** Buckets and objects in a folder. */
export class LocalBackend implements Backend {
  readonly #store: ObjectStore

  /** Opens the folder, and clears away what an earlier process was killed in the middle of. */
  constructor(folder: string) {
    this.#store = new ObjectStore(folder)
  }

  async findBucket(name: string): Promise<BucketFacts | null> {
    return this.#store.find(name)?.record ?? null
  }

  async listBuckets(): Promise<readonly BucketFacts[]> {
    return this.#store.list().map(({ record }) => record)
  }

  async createBucket(bucket: BucketFacts): Promise<void> {
    this.#store.create(bucket)
  }

  async updateBucket(name: string, changes: BucketChanges): Promise<void> {
    this.#store.get(name).update(changes)
  }

  async deleteBucket(name: string): Promise<void> {
    this.#store.delete(this.#store.get(name))
  }

  async findObject(bucketName: string, key: string, versionId: string | undefined): Promise<FoundObject | null> {
    const bucket = this.#store.get(bucketName)
    const versions = bucket.index.versionsOf(key)
    const record = versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId)
    return record === undefined ? null : new LocalObject(this.#store, bucket, record)
  }

  async listObjects(bucketName: string, query: KeyQuery): Promise<Page<ObjectFacts>> {
    const { index } = this.#store.get(bucketName)
    const page = listKeys(index.keys, query, (key) => index.current(key) !== null)
    return { ...page, entries: page.entries.flatMap((key) => index.current(key) ?? []) }
  }

  async listVersions(bucketName: string, query: VersionQuery): Promise<VersionPage> {
    return listVersions(this.#store.get(bucketName).index, query)
  }

  async putObject(place: Place, traits: ObjectTraits, requestBody: RequestBody): Promise<ObjectFacts> {
    const bucket = this.#store.get(place.bucket)
    checkOverwrite(bucket, place)
    const body = await writeBody(bucket.data, requestBody)
    return commitOrRemove(bucket, body, () => {
      // Another request may have written the object meanwhile.
      checkOverwrite(bucket, place)
      return bucket.commit({
        ...traits,
        key: place.key,
        deleteMarker: false,
        type: 'Normal',
        size: body.length,
        etag: etagOf(body),
        crc64: body.crc64.toString(),
        lastModifiedMs: place.nowMs,
        pieces: body.pieces,
      })
    })
  }

  async appendObject(place: Place, traits: ObjectTraits, position: number, body: RequestBody): Promise<ObjectFacts> {
    return appendObject(this.#store.get(place.bucket), place, traits, { position, body })
  }

  async putSymlink(place: Place, traits: ObjectTraits, target: string): Promise<ObjectFacts> {
    const bucket = this.#store.get(place.bucket)
    checkOverwrite(bucket, place)
    return bucket.commit({
      ...traits,
      key: place.key,
      deleteMarker: false,
      type: 'Symlink',
      symlinkTarget: target,
      size: 0,
      etag: createHash('md5').update(target).digest('hex').toUpperCase(),
      crc64: '0',
      lastModifiedMs: place.nowMs,
      pieces: [],
    })
  }

  async deleteObject(bucket: string, key: string, versionId: string | undefined, nowMs: number): Promise<Deletion> {
    return deleteObject(this.#store.get(bucket), key, versionId, nowMs)
  }

  async beginUpload(bucketName: string, upload: UploadFacts, forbidOverwrite: boolean): Promise<void> {
    const bucket = this.#store.get(bucketName)
    checkOverwrite(bucket, { key: upload.key, forbidOverwrite })
    bucket.uploads.begin(upload)
  }

  async findUpload(bucketName: string, key: string, uploadId: string): Promise<FoundUpload | null> {
    const bucket = this.#store.get(bucketName)
    const upload = bucket.uploads.find(uploadId, key)
    return upload === null ? null : new LocalUpload(bucket, upload)
  }

  async listUploads(bucketName: string, query: UploadQuery): Promise<UploadPage> {
    return listUploads(this.#store.get(bucketName).uploads.all(), query)
  }

  /** Resolves when what runs in the background is done. */
  async close(): Promise<void> {
    await this.#store.close()
  }
}
