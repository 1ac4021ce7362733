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

/** The envelope for a new message, from either kind of provider. */
export function provideEnvelope(provider: EnvelopeProvider, request: DataKeyRequest): Promise<Envelope> {
  return isStored(provider) ? provider.obtainEnvelope(request) : createEnvelope(provider, request)
}

/** Whether messages carry their body only. */
export function isStored(provider: EnvelopeProvider): provider is StoredEnvelopeProvider {
  return 'obtainEnvelope' in provider
}
