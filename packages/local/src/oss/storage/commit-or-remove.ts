import type { Bucket } from './bucket.js'
import type { StoredBody } from './write-body.js'

/** Makes stored data part of something; when that fails, the data goes. */
export function commitOrRemove<T>(bucket: Bucket, body: StoredBody, commit: () => T): T {
  try {
    return commit()
  } catch (error) {
    bucket.data.remove(body.pieces)
    throw error
  }
}

export function etagOf({ md5 }: { readonly md5: Buffer }): string {
  return md5.toString('hex').toUpperCase()
}
