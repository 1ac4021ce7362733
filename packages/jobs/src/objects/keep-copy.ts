import { ServiceError } from 'osscrypt'
import { askOss } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import { storageHeaders } from './storage-headers.js'

/** OSS answers a copy when it is made. */
const TIMEOUT_MS = 1_800_000

/**
 * Has OSS copy an object as it is, encrypted or not, if it is still the one that was looked at. The copy is private, whatever the object is:
 * nobody is to read there what he could not read before.
 *
 * @throws ServiceError `ObjectChanged`.
 */
export async function keepCopy(
  bucket: BucketClient,
  name: string,
  head: Readonly<Record<string, string>>,
  keepAs: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const headers = {
    ...storageHeaders(head),
    'x-oss-object-acl': 'private',
    'x-oss-copy-source-if-match': head['etag'],
  }
  try {
    // ali-oss changes the headers that it is given.
    const copy = () => bucket.copy(keepAs, name, undefined, { headers: { ...headers } })
    await askOss('CopyObject', copy, { signal, timeoutMs: TIMEOUT_MS })
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'PreconditionFailed')) throw error
    throw new ServiceError('ObjectChanged', 'the object changed while it was worked on', { service: 'oss' })
  }
}
