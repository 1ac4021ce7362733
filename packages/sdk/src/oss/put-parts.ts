import type { ClientParts } from './open-object.js'

/** What a putting client brings beside the parts that all operations share. */
export interface PutParts extends ClientParts {
  /** Whether the checksum of what OSS stored is compared. */
  readonly checkCrc64: boolean
  /** Longer objects, and streams that are not short, are sent in parts. */
  readonly multipartThreshold: number
}
