import { AliOssStore, type AliOssClient } from '#ali-oss'
import { controlledStore } from '../store/controlled-store.js'
import type { ObjectStore } from '../store/object-store.js'
import type { OssV2Client } from '../store/oss-v2/oss-v2-client.js'
import { OssV2Store } from '../store/oss-v2/oss-v2-store.js'

/** What a caller may give as the store: told apart by what each alone has. */
export type GivenStore = AliOssClient | OssV2Client | ObjectStore

/** What is said of a store beside it. */
export interface StoreSettings {
  readonly bucket: string | undefined
  readonly idleTimeoutMs: number
  readonly requireCrc64: boolean
}

const REQUESTS = ['put', 'get', 'head', 'delete', 'copy'] as const

/**
 * The store that a caller gave, as the client works with it.
 *
 * @throws TypeError for what is none, and for a `bucket` where the store has one of its own.
 */
export function chooseStore(given: GivenStore, { bucket, idleTimeoutMs, requireCrc64 }: StoreSettings): ObjectStore {
  if ('invokeOperation' in given)
    return controlledStore(new OssV2Store(given, bucket ?? '', { requireCrc64 }), idleTimeoutMs)
  if (bucket !== undefined) throw new TypeError('`bucket` goes with a client of oss-v2: other stores have theirs')
  if ('getStream' in given) return new AliOssStore(given, idleTimeoutMs, { requireCrc64 })
  const missing = REQUESTS.filter((request) => typeof given[request] !== 'function')
  if (missing.length > 0) throw new TypeError(`\`store\` is no object store: it has no ${missing.join(', ')}`)
  return controlledStore(given, idleTimeoutMs)
}
