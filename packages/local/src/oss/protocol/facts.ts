/** What the protocol knows of buckets, objects and uploads, wherever they are kept. */

/** How an object is, or objects are to be, encrypted by the server. It changes what is answered and nothing that is kept. */
export interface ServerSideEncryption {
  readonly algorithm: string
  readonly keyId?: string
  readonly dataAlgorithm?: string
}

/** What pages of other origins may do with a bucket. */
export interface CorsRule {
  /** Each with one `*` at most. */
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  /** Each with one `*` at most. */
  readonly headers: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeSeconds?: number
}

export interface CorsSettings {
  readonly rules: readonly CorsRule[]
  readonly responseVary: boolean
}

/** What is to be listed of a bucket, and where the lists go. */
export interface InventoryRule {
  readonly id: string
  readonly isEnabled: boolean
  readonly prefix: string
  readonly versions: 'All' | 'Current'
  /** The columns that were chosen, in the order they were chosen in. */
  readonly fields: readonly string[]
  readonly frequency: string
  readonly destination: {
    readonly bucket: string
    readonly prefix: string
    readonly accountId: string
    readonly roleArn: string
  }
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
  readonly cors?: CorsSettings | undefined
  readonly inventories?: readonly InventoryRule[]
  readonly payer?: 'BucketOwner' | 'Requester'
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
  readonly type: 'Normal' | 'Multipart' | 'Appendable' | 'Symlink'
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  /** Unsigned decimal. */
  readonly crc64: string
  /** The key that a symlink stands for. */
  readonly symlinkTarget?: string
  /** Of an archived object: from when until when it can be read. */
  readonly restore?: { readonly readyMs: number; readonly expiresMs: number }
  /** In base64, of an object put together from parts that came one after the other. */
  readonly contentMd5?: string
  /** A whole second. */
  readonly lastModifiedMs: number
}

/** What can change about an object without its being written anew. */
export type ObjectChanges = Partial<Pick<ObjectFacts, 'acl' | 'tags' | 'restore'>>

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
