import { KeyError } from '../errors.js'
import type { DataKeyProvider, SecretsWrapped, WrappedSecrets } from './data-key-provider.js'

/** The longest text that is wrapped in place of bytes. */
const MAX_TEXT_LENGTH = 40

/**
 * Has a provider open secrets that the OSS SDKs' own encryption wrapped.
 *
 * @returns each of the length that was asked for; the caller's to zero.
 * @throws KeyError `NoMatchingKey` when the provider has no keys of that kind, `InvalidDataKey` when it gives something else; what it throws.
 */
export async function unwrapSecrets(
  provider: DataKeyProvider,
  request: WrappedSecrets,
): Promise<readonly Uint8Array[]> {
  request.signal?.throwIfAborted()
  const given: unknown = (await provider.unwrapSecrets?.(request)) ?? null
  if (given === null) {
    throw new KeyError(
      'NoMatchingKey',
      `the data key is wrapped by ${request.wrapAlgorithm}, which the data key provider has no key for`,
    )
  }
  const secrets: readonly unknown[] = Array.isArray(given) ? given : []
  const areRight =
    secrets.length === request.secrets.length &&
    request.secrets.every(({ length }, index) => {
      const secret = secrets[index]
      return (
        secret instanceof Uint8Array &&
        (length === undefined ? secret.length <= MAX_TEXT_LENGTH : secret.length === length)
      )
    })
  if (areRight) return secrets as readonly Uint8Array[]
  for (const secret of secrets) if (secret instanceof Uint8Array) secret.fill(0)
  throw new KeyError('InvalidDataKey', 'the data key provider gave secrets of other lengths than were asked for')
}

/**
 * Has a provider wrap secrets as the OSS SDKs' own encryption does.
 *
 * @throws KeyError `InvalidDataKey` when it cannot, or gives something else; what it throws.
 */
export async function wrapSecrets(
  provider: DataKeyProvider,
  request: Parameters<NonNullable<DataKeyProvider['wrapSecrets']>>[0],
): Promise<SecretsWrapped> {
  request.signal?.throwIfAborted()
  if (!provider.wrapSecrets) {
    throw new KeyError('InvalidDataKey', 'the data key provider cannot wrap keys as the OSS SDKs do')
  }
  const given = await provider.wrapSecrets(request)
  const { wrapped } = given
  const areRight =
    Array.isArray(wrapped) &&
    wrapped.length === request.secrets.length &&
    wrapped.every((each: unknown) => each instanceof Uint8Array && each.length > 0)
  if (!areRight) throw new KeyError('InvalidDataKey', 'the data key provider did not wrap all secrets')
  return given
}
