import type { HeaderLimits, MessageHeader } from '../message/header.js'

/** What a body is opened by, as it was parsed: compared with nothing. */
export interface UnverifiedEnvelope {
  /** How it stands there: as the vendor's form 3 or as the OSS SDKs have it, beside the body; or in the body. */
  readonly kind: 'form-3' | 'oss-sdk' | 'body'
  readonly header: MessageHeader
  /** Of the body; empty with FLOE, whose body starts with a header of its own. */
  readonly iv: Uint8Array
  /** Empty where it stands behind the body. */
  readonly authTag: Uint8Array
}

/** A way in which an envelope stands in an object's headers. */
export interface EnvelopeKind {
  /** Which of these headers carry an envelope of this kind, as they are named there; none when there is none. */
  names(headers: Readonly<Record<string, string>>): readonly string[]

  /**
   * The envelope that is there. Nothing of it is verified yet.
   *
   * @throws {@link FormatError} when it is not whole or not well-formed.
   */
  decode(headers: Readonly<Record<string, string>>, limits: HeaderLimits): Promise<UnverifiedEnvelope>
}
