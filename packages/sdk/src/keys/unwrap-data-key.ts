import { KeyError, ServiceError } from '../errors.js'
import { checkDataKey, checkUnwrapped } from './check-provided.js'
import type { DataKeyProvider, DecryptDataKeyRequest, UnwrappedDataKey } from './data-key-provider.js'

/** What wrapped keys failed with, each under its CMK. */
export type UnwrapFailures = { readonly keyArn: string; readonly error: Error }[]

/** What opens data keys. */
type Opener = Pick<DataKeyProvider, 'decryptDataKey'> & Partial<{ unwrapDataKey: DataKeyProvider['unwrapDataKey'] }>

/**
 * Has a provider unwrap one of a message's data keys. A provider that does not say which one it was is asked about one after the other.
 *
 * @returns null when none is the provider's; otherwise a key of the right length, and the very one of `request.encryptedDataKeys` it came from.
 * @throws KeyError `InvalidDataKey` for what is none; as `decryptDataKey` of the provider.
 */
export async function unwrapDataKey(
  provider: Opener,
  request: DecryptDataKeyRequest,
): Promise<UnwrappedDataKey | null> {
  if (!provider.unwrapDataKey) return unwrapOneByOne(provider, request)
  return checkUnwrapped(request.algorithm, request.encryptedDataKeys, await provider.unwrapDataKey(request))
}

/** {@link unwrapDataKey} by means of `decryptDataKey`. */
export async function unwrapOneByOne(
  provider: Opener,
  request: DecryptDataKeyRequest,
): Promise<UnwrappedDataKey | null> {
  const failures: UnwrapFailures = []
  for (const encryptedDataKey of request.encryptedDataKeys) {
    try {
      const given = await provider.decryptDataKey({ ...request, encryptedDataKeys: [encryptedDataKey] })
      const dataKey = checkDataKey(request.algorithm, given)
      if (dataKey) return { dataKey, encryptedDataKey }
    } catch (error) {
      noteFailure(failures, encryptedDataKey.keyArn, error, request.signal)
    }
  }
  return noneUnwrapped(failures)
}

/** Notes that a CMK could not be had, so that the next is tried; anything else is thrown. */
export function noteFailure(
  failures: UnwrapFailures,
  keyArn: string,
  error: unknown,
  signal: AbortSignal | undefined,
): void {
  signal?.throwIfAborted()
  if (!(error instanceof ServiceError || error instanceof KeyError)) throw error
  failures.push({ keyArn, error })
}

/**
 * What it comes to when no key was unwrapped.
 *
 * @returns null when none was tried.
 * @throws what the only one failed with, or KeyError `DataKeyUnavailable` with what each did.
 */
export function noneUnwrapped(failures: UnwrapFailures): null {
  const [only] = failures
  if (!only) return null
  if (failures.length === 1) throw only.error
  const reasons = failures.map(({ keyArn, error }) => `${keyArn}: ${error.message}`)
  throw new KeyError('DataKeyUnavailable', `no CMK opened the data key; ${reasons.join('; ')}`, failures)
}
