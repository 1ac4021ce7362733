import { ServiceError } from '../errors.js'
import { retrying, type RetryPolicy } from '../retry/retry.js'
import type { ObjectStore } from '../store/object-store.js'
import { headersFor } from '../store/request-headers.js'

/**
 * Asserts that there is no object of a name, when a call's headers forbid to overwrite one. OSS ignores `x-oss-forbid-overwrite` in buckets that
 * keep versions, or have kept some; there, an object that comes between this look and the write is overwritten. Who may not look, or learns
 * nothing, has OSS's own check alone.
 *
 * @throws ServiceError with OSS's own code, `FileAlreadyExists`.
 */
export async function assertAbsent(
  { store, retry }: { readonly store: ObjectStore; readonly retry: RetryPolicy },
  name: string,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (headers?.['x-oss-forbid-overwrite'] !== 'true') return
  try {
    await retrying(retry, signal, () => store.head(name, { headers: headersFor('check', headers), signal }))
  } catch (error) {
    if (error instanceof ServiceError && /^(NotFound|AccessDenied)$/.test(error.code)) return
    throw error
  }
  throw new ServiceError('Rejected', `there is an object of the name ${name} already`, {
    service: 'oss',
    serviceCode: 'FileAlreadyExists',
  })
}
