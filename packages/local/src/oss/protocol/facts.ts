/** What the protocol knows of buckets, objects and uploads, wherever they are kept. */

/** How an object is, or objects are to be, encrypted by the server. It changes what is answered and nothing that is kept. */
export interface ServerSideEncryption {
  readonly algorithm: string
  readonly keyId?: string
  readonly dataAlgorithm?: string
}

export type Versioning = 'Enabled' | 'Suspended' | undefined

/** What a bucket is, besides its objects. */
export interface BucketFacts {
  readonly name: string
  readonly createdMs: number
  readonly acl: string
  readonly storageClass: string
  readonly versioning?: Versioning
  readonly encryption?: ServerSideEncryption | undefined
}

/** What can change about a bucket. */
export type BucketChanges = Partial<Omit<BucketFacts, 'name' | 'createdMs'>>

/** Headers that come back as they were given: content headers and user metadata, by lower-case name. */
export type KeptHeaders = Readonly<Record<string, string>>

/** A tag of an object: name and value. */
export type ObjectTag = readonly [key: string, value: string]

/** What an object has besides its bytes; a multipart upload carries it from its start to its completion. */
export interface ObjectTraits {
  readonly headers: KeptHeaders
  readonly storageClass: string
  readonly acl: string
  readonly tags: readonly ObjectTag[]
  readonly encryption?: ServerSideEncryption | undefined
}

/** A version of an object, or a delete marker. */
export interface ObjectFacts extends ObjectTraits {
  readonly key: string
  /** `null` unless the bucket was versioned when it was written. */
  readonly versionId: string
  readonly deleteMarker: boolean
  readonly type: 'Normal' | 'Multipart'
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  /** Unsigned decimal. */
  readonly crc64: string
  /** In base64, of an object put together from parts that came one after the other. */
  readonly contentMd5?: string
  /** A whole second. */
  readonly lastModifiedMs: number
}

/** What can change about an object without its being written anew. */
export type ObjectChanges = Partial<Pick<ObjectFacts, 'acl' | 'tags'>>

/** A part of a multipart upload. */
export interface PartFacts {
  readonly partNumber: number
  readonly size: number
  readonly etag: string
  readonly crc64: string
  readonly lastModifiedMs: number
}

/** A multipart upload that was begun. */
export interface UploadFacts {
  readonly uploadId: string
  readonly key: string
  readonly initiatedMs: number
  readonly traits: ObjectTraits
  /** The parts come one after the other. */
  readonly isSequential?: boolean
}
