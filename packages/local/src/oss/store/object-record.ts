/** One immutable file of object data, by its name in the bucket's data folder. */
export interface DataPiece {
  readonly file: string
  readonly length: number
}

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
}

/** A version of an object, as it is kept in its metadata file. */
export interface ObjectRecord extends ObjectTraits {
  readonly key: string
  /** `null` unless the bucket was versioned when it was written. */
  readonly versionId: string
  /** Grows with every write to the bucket: the newest version of a key has the greatest. */
  readonly order: number
  readonly deleteMarker: boolean
  readonly type: 'Normal' | 'Multipart'
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  /** Unsigned decimal. */
  readonly crc64: string
  /** A whole second. */
  readonly lastModifiedMs: number
  readonly pieces: readonly DataPiece[]
  /** The multipart upload it was completed from: after a crash that upload may still be there and is over. */
  readonly uploadId?: string
}

/** A part of a multipart upload, as it is kept in its file. */
export interface PartRecord {
  readonly uploadId: string
  readonly partNumber: number
  readonly size: number
  readonly etag: string
  readonly crc64: string
  readonly lastModifiedMs: number
  readonly pieces: readonly DataPiece[]
}

/** A multipart upload that was begun, as it is kept in its file. */
export interface UploadRecord {
  readonly uploadId: string
  readonly key: string
  readonly initiatedMs: number
  readonly traits: ObjectTraits
}
