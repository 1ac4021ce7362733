import type { AnswerStream } from './request/answer.js'
import type {
  BucketChanges,
  BucketFacts,
  ObjectChanges,
  ObjectFacts,
  ObjectTraits,
  PartFacts,
  UploadFacts,
} from './facts.js'

/**
 * Where the protocol's operations get their work done. Every method may refuse with an `OssError`: NoSuchBucket when the bucket went
 * meanwhile, NotImplemented for what this backend cannot do. The operations have checked what a request says; what has to hold at
 * the moment of a change (`forbidOverwrite`, an upload that is still there, a bucket that is empty) the backend checks.
 */
export interface Backend {
  findBucket(name: string): Promise<BucketFacts | null>
  /** In the order of their names. */
  listBuckets(): Promise<readonly BucketFacts[]>
  createBucket(bucket: BucketFacts): Promise<void>
  updateBucket(name: string, changes: BucketChanges): Promise<void>
  /** @throws `OssError` BucketNotEmpty. */
  deleteBucket(name: string): Promise<void>

  /** The version that is named, or the newest; a delete marker is found like an object. */
  findObject(bucket: string, key: string, versionId: string | undefined): Promise<FoundObject | null>
  listObjects(bucket: string, query: KeyQuery): Promise<Page<ObjectFacts>>
  listVersions(bucket: string, query: VersionQuery): Promise<VersionPage>
  putObject(place: Place, traits: ObjectTraits, body: RequestBody): Promise<ObjectFacts>
  /** @throws `OssError` PositionNotEqualToLength, ObjectNotAppendable. */
  appendObject(place: Place, traits: ObjectTraits, position: number, body: RequestBody): Promise<ObjectFacts>
  putSymlink(place: Place, traits: ObjectTraits, target: string): Promise<ObjectFacts>
  deleteObject(bucket: string, key: string, versionId: string | undefined, nowMs: number): Promise<Deletion>

  beginUpload(bucket: string, upload: UploadFacts, forbidOverwrite: boolean): Promise<void>
  findUpload(bucket: string, key: string, uploadId: string): Promise<FoundUpload | null>
  listUploads(bucket: string, query: UploadQuery): Promise<UploadPage>
}

/** An object that was found, as it is at that moment. */
export interface FoundObject {
  readonly facts: ObjectFacts
  read(range: ByteRange): AnswerStream
  /** Writes another object with the same bytes. */
  copyTo(place: Place, traits: ObjectTraits): Promise<ObjectFacts>
  amend(changes: ObjectChanges): Promise<void>
}

/** A multipart upload that was found, as it is at that moment. */
export interface FoundUpload {
  readonly facts: UploadFacts
  /** In the order of their numbers. */
  readonly parts: readonly PartFacts[]
  /** @throws `OssError` NoSuchUpload when it ended meanwhile. */
  putPart(partNumber: number, body: RequestBody, nowMs: number): Promise<PartFacts>
  copyPart(partNumber: number, source: FoundObject, range: ByteRange, nowMs: number): Promise<PartFacts>
  /**
   * Makes an object of the parts that are named, of all of them when none are, with another ACL than the upload's when one is given.
   *
   * @throws `OssError` InvalidPart, EntityTooSmall.
   */
  complete(named: readonly NamedPart[] | null, place: Place, acl: string | undefined): Promise<ObjectFacts>
  abort(): Promise<void>
}

/** Where and when an object is to be written. */
export interface Place {
  readonly bucket: string
  readonly key: string
  /** A whole second. */
  readonly nowMs: number
  /** To be refused with FileAlreadyExists when there is an object and the bucket is not versioned. */
  readonly forbidOverwrite: boolean
}

/** The bytes of a request. */
export interface RequestBody {
  readonly chunks: AsyncIterable<Buffer>
  /** Beyond which EntityTooLarge is the answer. */
  readonly maxLength: number
  /** What they have to hash to; else InvalidDigest is the answer. */
  readonly md5: Buffer | null
}

/** Bytes of an object: from `start`, `length` of them. */
export interface ByteRange {
  readonly start: number
  readonly length: number
}

/** A part as the request to complete names it. */
export interface NamedPart {
  readonly partNumber: number
  readonly etag: string
}

/** What became of a key: the version that was removed, or the delete marker that was put on top. */
export interface Deletion {
  readonly versionId?: string
  readonly isMarker: boolean
}

/** Which keys a listing is about. */
export interface KeyQuery {
  readonly prefix: string
  /** `''` for none. */
  readonly delimiter: string
  /** Only what comes after it. */
  readonly after: string
  readonly limit: number
}

/** Where a listing of versions goes on: after this version of `after`; after all of them when it is `''`. */
export interface VersionQuery extends KeyQuery {
  readonly afterVersionId: string
}

/** The same for uploads. */
export interface UploadQuery extends KeyQuery {
  readonly afterUploadId: string
}

/** A page of a listing: entries, and what others have in common up to the delimiter. */
export interface Page<Entry> {
  readonly entries: readonly Entry[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins: after this key or common prefix. */
  readonly next: string | null
}

export interface VersionPage extends Page<ObjectFacts & { readonly isLatest: boolean }> {
  readonly nextVersionId: string | undefined
}

export interface UploadPage extends Page<UploadFacts> {
  readonly nextUploadId: string | undefined
}
