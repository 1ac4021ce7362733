import type { AliOssClient } from '../store/ali-oss/client.js'
import { AliOssStore } from '../store/ali-oss/store.js'
import { controlledStore } from '../store/controlled-store.js'
import type { ObjectStore } from '../store/object-store.js'
import type { OssV2Client } from '../store/oss-v2/oss-v2-client.js'
import { OssV2Store } from '../store/oss-v2/oss-v2-store.js'
import { takeObjectStore, type StoreSettings } from './take-object-store.js'

/** What a caller may give as the store: told apart by what each alone has. */
export type GivenStore = AliOssClient | OssV2Client | ObjectStore

/**
 * The store that a caller gave, as the client works with it.
 *
 * @throws TypeError for what is none, and for a `bucket` where the store has one of its own.
 */
export function chooseStore(given: GivenStore, settings: StoreSettings): ObjectStore {
  const { bucket, idleTimeoutMs, requireCrc64 } = settings
  if ('invokeOperation' in given)
    return controlledStore(new OssV2Store(given, bucket ?? '', { requireCrc64 }), idleTimeoutMs)
  if ('getStream' in given && bucket === undefined) return new AliOssStore(given, idleTimeoutMs, { requireCrc64 })
  return takeObjectStore(given as ObjectStore, settings)
}
