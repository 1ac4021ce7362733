import type { EnvelopeKind } from '../envelope.js'
import { ossSdkEnvelopeNames } from './envelope-names.js'

/** The OSS SDKs' own. What reads it is loaded when there is one. */
export const ossSdkEnvelope: EnvelopeKind = {
  names: ossSdkEnvelopeNames,
  decode: async (headers) => (await import('./metadata.js')).decodeOssSdkEnvelope(headers),
}
