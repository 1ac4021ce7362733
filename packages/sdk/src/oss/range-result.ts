import type { ObjectInfo } from './open-object.js'

/** A part of an object. */
export interface RangeResult extends ObjectInfo {
  readonly content: Buffer
  /** Where `content` is in the object, both ends included, and how long the object's plaintext is by what OSS says. */
  readonly range: { readonly start: number; readonly end: number; readonly totalLength: number | undefined }
  /** Whether `content` is what the writer wrote at that place. */
  readonly verified: boolean
}
