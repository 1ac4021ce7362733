import { ServiceError } from '../errors.js'
import type { ObjectStore, StoreAnswer, StoreRequestOptions } from '../store/object-store.js'
import { headersFor } from '../store/request-headers.js'

/**
 * The object that a write was to make, when the write failed because there is, or was, something already: an attempt whose answer was lost may have made
 * it, of ours or of an HTTP client that sends again by itself.
 *
 * @param isMade Whether an object is the one that was to be made, by its headers.
 * @throws `failure` when it is not there, or may not be looked at; ServiceError when looking fails for now.
 */
export async function findMade(
  store: ObjectStore,
  name: string,
  failure: Error,
  isMade: (headers: StoreAnswer['headers']) => boolean,
  { headers, signal }: Pick<StoreRequestOptions, 'headers' | 'signal'>,
): Promise<StoreAnswer> {
  let found
  try {
    found = await store.head(name, { headers: headersFor('check', headers), signal })
  } catch (error) {
    throw error instanceof ServiceError && !error.retryable ? failure : error
  }
  if (!isMade(found.headers)) throw failure
  return found
}
