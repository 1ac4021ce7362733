import { compareBytes } from '../bytes/order.js'
import { OsscryptError } from '../errors.js'
import { encodeContext, type EncryptionContext } from '../message/encryption-context.js'
import { checkEnvelope } from './check-provided.js'
import type { DataKeyProvider, DataKeyRequest } from './data-key-provider.js'
import { createEnvelope, type DecryptOptions, type Envelope } from './envelope.js'

/**
 * A provider that keeps one header, with its data key, outside of the messages (form 4): they carry their body only. All messages under it
 * share the data key, its algorithm and its context.
 */
export interface StoredEnvelopeProvider {
  /**
   * The envelope for a new message; made and stored when there is none yet.
   *
   * @throws OsscryptError `ContextMismatch` when the stored one has another algorithm or context; KeyError, IntegrityError, ServiceError.
   */
  obtainEnvelope(request: DataKeyRequest): Promise<Envelope>

  /** The envelope to read with, verified; see `openEnvelope`. */
  loadEnvelope(options: DecryptOptions): Promise<Envelope>
}

/** Where the envelopes of messages come from. */
export type EnvelopeProvider = DataKeyProvider | StoredEnvelopeProvider

/** The envelope for a new message, from either kind of provider. @throws KeyError `InvalidDataKey` for what is none. */
export async function provideEnvelope(provider: EnvelopeProvider, request: DataKeyRequest): Promise<Envelope> {
  if (!isStored(provider)) return createEnvelope(provider, request)
  const envelope = checkEnvelope(await provider.obtainEnvelope(request))
  const { algorithm, encryptionContext } = envelope.header
  if (algorithm === request.algorithm && isSameContext(encryptionContext, request.encryptionContext)) return envelope
  envelope.dataKey.fill(0)
  throw new OsscryptError('ContextMismatch', 'the stored data key is for another algorithm or encryption context')
}

/** The envelope to read with. @throws KeyError `InvalidDataKey` for what is none. */
export async function loadEnvelope(provider: StoredEnvelopeProvider, options: DecryptOptions): Promise<Envelope> {
  return checkEnvelope(await provider.loadEnvelope(options))
}

/** Whether messages carry their body only. */
export function isStored(provider: EnvelopeProvider): provider is StoredEnvelopeProvider {
  return 'obtainEnvelope' in provider
}

function isSameContext(left: EncryptionContext, right: EncryptionContext): boolean {
  return compareBytes(encodeContext(left), encodeContext(right)) === 0
}
