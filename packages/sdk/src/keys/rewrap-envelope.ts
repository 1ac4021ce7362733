import { engine } from '#crypto-engine'
import { OsscryptError } from '../errors.js'
import { createHeader, type EncryptedDataKey, type MessageHeader } from '../message/header.js'
import { checkEncryptedDataKeys } from './check-provided.js'
import type { DataKeyProvider, DataKeyRequest } from './data-key-provider.js'
import type { DataKeyRewrapper } from './data-key-rewrapper.js'
import { keyContext, openEnvelope, requireAcceptable, type DecryptOptions } from './envelope.js'

/** How an envelope is rewrapped. */
export interface RewrapEnvelopeOptions extends DecryptOptions {
  /** Whether KMS may do it alone, where it can. */
  readonly insideKms: boolean
  /** Verifies, with the data key, what the header alone does not show. */
  readonly verify: (dataKey: Uint8Array) => Promise<void>
}

/** An envelope whose data key is under other CMKs. */
export interface RewrappedEnvelope {
  readonly header: MessageHeader
  /** Whether the data key stayed inside KMS. The old header was not verified then: that needs the data key. */
  readonly throughKms: boolean
}

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
  const dataKey = await openEnvelope(eitherOf(provider, to), header, options)
  try {
    await options.verify(dataKey)
    const encryptedDataKeys = checkEncryptedDataKeys(await to.wrapDataKey({ ...request, dataKey }))
    const fields = { algorithm, encryptionContext, encryptedDataKeys }
    return { header: await createHeader(engine, fields, dataKey), throughKms: false }
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

function eitherOf(provider: DataKeyProvider, to: DataKeyRewrapper & Partial<DataKeyProvider>): DataKeyProvider {
  return {
    generateDataKey: (request) => provider.generateDataKey(request),
    decryptDataKey: async (request) =>
      (await provider.decryptDataKey(request)) ?? (await to.decryptDataKey?.(request)) ?? null,
  }
}
