import { OsscryptError } from '../errors.js'
import type { EncryptedDataKey, MessageHeader } from '../message/header.js'
import { checkEncryptedDataKeys } from './check-provided.js'
import type { DataKeyProvider, DataKeyRequest, DecryptDataKeyRequest } from './data-key-provider.js'
import type { DataKeyRewrapper } from './data-key-rewrapper.js'
import { keyContext, openEnvelope, requireAcceptable, type DecryptOptions } from './envelope.js'
import { unwrapDataKey } from './unwrap-data-key.js'
import { makeHeader, type VerifiedHeader } from './verified-header.js'

/** How an envelope is rewrapped. */
export interface RewrapEnvelopeOptions extends DecryptOptions {
  /** Whether KMS may do it alone, where it can. */
  readonly insideKms: boolean
  /** Reads, where it is needed, the first 74 bytes of the body, which show that header and data key belong to it. */
  readonly readPreface: () => Promise<Uint8Array>
}

/**
 * An envelope whose data key is under other CMKs. Where the data key stayed inside KMS, the old header was not verified: that needs the data key.
 */
export type RewrappedEnvelope =
  | { readonly throughKms: false; readonly header: VerifiedHeader }
  | { readonly throughKms: true; readonly header: MessageHeader }

/**
 * Puts a message's data key under other CMKs. With FLOE, whose body commits to everything but the wrapped keys, KMS does it alone where it can.
 * Else the data key is unwrapped, the header verified, a new one made, and the key zeroed.
 *
 * @param provider Opens what is there; what is under a CMK of `to` already may be opened by that.
 * @throws as `openEnvelope`, and what `to` throws.
 */
export async function rewrapEnvelope(
  provider: DataKeyProvider,
  to: DataKeyRewrapper,
  header: MessageHeader,
  options: RewrapEnvelopeOptions,
): Promise<RewrappedEnvelope> {
  requireAcceptable(header, options)
  const { algorithm, encryptionContext } = header
  const request = { algorithm, encryptionContext: keyContext(algorithm, encryptionContext), signal: options.signal }
  if (algorithm.mode === 'FLOE' && options.insideKms) {
    const trusted = [...(provider.cmkArns ?? []), ...(to.cmkArns ?? [])]
    const encryptedDataKeys = await rewrapInside(to, header, trusted, request)
    if (encryptedDataKeys) return { header: { ...header, encryptedDataKeys }, throughKms: true }
  }
  let floeHeader: Uint8Array | undefined
  const readPreface = async () => (floeHeader = await options.readPreface())
  const { dataKey } = await openEnvelope(eitherOf(provider, to), header, options, readPreface)
  try {
    const encryptedDataKeys = checkEncryptedDataKeys(
      await to.wrapDataKey({ ...request, dataKey, message: { header, floeHeader } }),
    )
    const fields = { algorithm, encryptionContext, encryptedDataKeys }
    return { header: await makeHeader(fields, dataKey), throughKms: false }
  } finally {
    dataKey.fill(0)
  }
}

/** Lets KMS do it, from the first of the trusted CMKs that can. One that fails is passed over while there is another. */
async function rewrapInside(
  to: DataKeyRewrapper,
  { encryptedDataKeys }: MessageHeader,
  trusted: readonly string[],
  request: DataKeyRequest,
): Promise<readonly EncryptedDataKey[] | null> {
  let failure: OsscryptError | undefined
  for (const arn of new Set(trusted)) {
    for (const encryptedDataKey of encryptedDataKeys.filter(({ keyArn }) => keyArn === arn)) {
      try {
        const rewrapped = await to.rewrapDataKey({ ...request, encryptedDataKey })
        if (rewrapped !== null) return checkEncryptedDataKeys(rewrapped)
      } catch (error) {
        request.signal?.throwIfAborted()
        if (!(error instanceof OsscryptError)) throw error
        failure ??= error
      }
    }
  }
  if (failure) throw failure
  return null
}

/** What opens with `provider`, or with `to` where that opens too. */
function eitherOf(provider: DataKeyProvider, to: DataKeyRewrapper & Partial<DataKeyProvider>): DataKeyProvider {
  const { decryptDataKey, unwrapDataKey: unwrap } = to
  const other = decryptDataKey && { decryptDataKey: decryptDataKey.bind(to), unwrapDataKey: unwrap?.bind(to) }
  const either = async (request: DecryptDataKeyRequest) =>
    (await unwrapDataKey(provider, request)) ?? (other ? await unwrapDataKey(other, request) : null)
  return {
    generateDataKey: (request) => provider.generateDataKey(request),
    decryptDataKey: async (request) => (await either(request))?.dataKey ?? null,
    unwrapDataKey: either,
  }
}
