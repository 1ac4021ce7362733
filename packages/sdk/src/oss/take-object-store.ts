import { controlledStore } from '../store/controlled-store.js'
import type { ObjectStore } from '../store/object-store.js'

/** What is said of a store beside it. */
export interface StoreSettings {
  readonly bucket: string | undefined
  readonly idleTimeoutMs: number
  readonly requireCrc64: boolean
}

const REQUESTS = ['put', 'get', 'head', 'delete', 'copy'] as const

/**
 * An object store that a caller gave, as the client works with it.
 *
 * @throws TypeError for what is none, and for a `bucket`: it has one of its own.
 */
export function takeObjectStore(given: ObjectStore, { bucket, idleTimeoutMs }: StoreSettings): ObjectStore {
  if (bucket !== undefined) throw new TypeError('`bucket` goes with a client of oss-v2: other stores have theirs')
  const missing = REQUESTS.filter((request) => typeof given[request] !== 'function')
  if (missing.length > 0) throw new TypeError(`\`store\` is no object store: it has no ${missing.join(', ')}`)
  return controlledStore(given, idleTimeoutMs)
}
