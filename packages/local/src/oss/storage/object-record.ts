import type { ObjectFacts, PartFacts } from '../protocol/facts.js'

/** One immutable file of object data, by its name in the bucket's data folder. */
export interface DataPiece {
  readonly file: string
  readonly length: number
}

/** A version of an object, as it is kept in its metadata file. */
export interface ObjectRecord extends ObjectFacts {
  /** Grows with every write to the bucket: the newest version of a key has the greatest. */
  readonly order: number
  readonly pieces: readonly DataPiece[]
  /** The multipart upload it was completed from: after a crash that upload may still be there and is over. */
  readonly uploadId?: string
}

/** An object that is about to be kept. */
export type NewObject = Omit<ObjectRecord, 'order' | 'versionId'>

/** A part of a multipart upload, as it is kept in its file. */
export interface PartRecord extends PartFacts {
  readonly uploadId: string
  readonly pieces: readonly DataPiece[]
}
