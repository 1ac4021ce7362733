import type { ObjectStore } from '../store/object-store.js'
import { takeObjectStore, type StoreSettings } from './take-object-store.js'

/** What a caller may give as the store: the OSS SDKs' clients are Node's. */
export type GivenStore = ObjectStore

/**
 * The store that a caller gave, as the client works with it.
 *
 * @throws TypeError for what is none.
 */
export function chooseStore(given: GivenStore, settings: StoreSettings): ObjectStore {
  if ('invokeOperation' in given || 'getStream' in given) {
    throw new TypeError('on this platform `store` is a PresignedStore, an OssV2Store, or an ObjectStore of your own')
  }
  return takeObjectStore(given, settings)
}
