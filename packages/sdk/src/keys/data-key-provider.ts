import type { AlgorithmSuite } from '../crypto/algorithm.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey, MessageHeader } from '../message/header.js'

/** What a new message is encrypted with. */
export interface EncryptionMaterials {
  /** `algorithm.keyLength` bytes. Owned by whoever asked, who zeroes them after use. */
  readonly dataKey: Uint8Array
  /** The same key as each CMK wrapped it; at least one, no ARN twice. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

/** What data keys are asked for. */
export interface DataKeyRequest {
  readonly algorithm: AlgorithmSuite
  /** What KMS binds the wrapped key to. */
  readonly encryptionContext: EncryptionContext
  /** The whole context of a new message, where KMS binds its key to a part of it only, as with FLOE. Default: `encryptionContext`. */
  readonly messageContext?: EncryptionContext | undefined
  /**
   * How many bytes the new message will hold, at most, where that is known before it is encrypted. A data key that was asked for without it
   * is made for this one message. Means nothing when a message is opened.
   */
  readonly plaintextLength?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A message that was read, as far as it can be verified with its data key alone. Nobody has verified it yet. */
export interface ReadMessage {
  readonly header: MessageHeader
  /** With FLOE: the body's first 74 bytes, whose tag is the header's. */
  readonly floeHeader: Uint8Array | undefined
}

/** What a message's data key is asked for with. */
export interface DecryptDataKeyRequest extends DataKeyRequest {
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** The message, for a provider whose other end opens no data key without being shown what it belongs to. */
  readonly message?: ReadMessage | undefined
}

/** A message's data key, and where it comes from. */
export interface UnwrappedDataKey {
  /** `algorithm.keyLength` bytes, owned by whoever asked, who zeroes them after use. */
  readonly dataKey: Uint8Array
  /** The one of the wrapped keys that was unwrapped. */
  readonly encryptedDataKey: EncryptedDataKey
}

/** A secret as one key wrapped it. */
export interface WrappedSecret {
  readonly wrapped: Uint8Array
  /** How many bytes it has; undefined for a text of a few. */
  readonly length: number | undefined
}

/** Secrets that the OSS SDKs' own encryption wrapped, each by itself, under one key. */
export interface WrappedSecrets {
  readonly wrapAlgorithm: 'RSA-PKCS1' | 'RSA-OAEP-SHA1' | 'KMS'
  readonly secrets: readonly WrappedSecret[]
  /** What the writer said of its key; empty where it said nothing. Nobody has verified it. */
  readonly description: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Secrets as the OSS SDKs' own encryption wraps them. */
export interface SecretsWrapped {
  readonly wrapAlgorithm: 'RSA-PKCS1' | 'KMS'
  /** In the order of the secrets. */
  readonly wrapped: readonly Uint8Array[]
  /** What is said of the key; empty for nothing. */
  readonly description: Readonly<Record<string, string>>
}

/**
 * Gives data keys for new messages and opens those of messages that were read. Implementations may be shared by concurrent operations.
 * They get header fields that nobody has verified yet: asking only about CMKs that they were given is theirs to ensure.
 */
export interface DataKeyProvider {
  /**
   * The CMKs that the provider was given, in the order in which it uses them; undefined where no such list says which CMKs it uses. Caches
   * tell providers apart by it.
   */
  readonly cmkArns?: readonly string[] | undefined

  /**
   * A data key for one new message; from a caching provider, and only when `plaintextLength` is given, for a few more of the same algorithm
   * and context.
   *
   * @throws KeyError, ServiceError; the signal's reason when it is aborted.
   */
  generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials>

  /**
   * The data key of a message: `algorithm.keyLength` bytes, owned by whoever asked, who zeroes them after use.
   *
   * @returns null when none of the wrapped keys is this provider's.
   * @throws KeyError or ServiceError when one is, and could not be opened; the signal's reason when it is aborted.
   */
  decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null>

  /**
   * As {@link decryptDataKey}, and says which of the wrapped keys it was. Where a provider has it, it is what is called: a key that turns out not
   * to fit the message is followed by the next. Without it, `decryptDataKey` is called with one wrapped key at a time.
   */
  unwrapDataKey?(request: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null>

  /**
   * Opens what the OSS SDKs' own encryption wrapped; needed only to read their objects.
   *
   * @returns the secrets in the order of the wrapped ones, each of the length that was asked for, owned by whoever asked, who zeroes them; null when the
   *   provider has no keys of that kind.
   * @throws KeyError `DataKeyUnavailable` when none of its keys opens all of them; ServiceError; the signal's reason when it is aborted.
   */
  unwrapSecrets?(request: WrappedSecrets): Promise<readonly Uint8Array[] | null>

  /**
   * Wraps secrets as the OSS SDKs' own encryption does; needed only to write objects for who reads with those.
   *
   * @param request The secrets stay the caller's, who zeroes them.
   * @throws KeyError; ServiceError; the signal's reason when it is aborted.
   */
  wrapSecrets?(request: {
    readonly secrets: readonly Uint8Array[]
    readonly signal?: AbortSignal | undefined
  }): Promise<SecretsWrapped>
}
