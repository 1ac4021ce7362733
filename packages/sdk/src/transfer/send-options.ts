import type { RetryPolicy } from '../retry/retry.js'
import type { ObjectStore } from '../store/object-store.js'
import type { Progress } from './progress.js'

/** How an object is sent. */
export interface SendObjectOptions {
  /** All headers of the call and of the object, its user metadata included; each goes with the requests that it belongs to. */
  readonly headers: Readonly<Record<string, string>>
  readonly mime?: string | undefined
  readonly parallel?: number | undefined
  readonly progress?: Progress | undefined
  readonly signal?: AbortSignal | undefined
}

/** What sending needs of a client. */
export interface SendParts {
  readonly store: ObjectStore
  readonly retry: RetryPolicy
  /** Whether the checksum of what OSS stored is compared. */
  readonly checkCrc64: boolean
  readonly multipartThreshold: number
}
