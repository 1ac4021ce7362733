import type { EncryptionContext } from '../message/encryption-context.js'

/** What every call to KMS takes. */
export interface KmsCallOptions {
  readonly signal?: AbortSignal | undefined
}

/** A KMS instance: a dedicated KMS with an endpoint of its own. */
export interface KmsInstance {
  /** Such as `kst-hzz…`. */
  readonly id: string
  /** Default: `<id>.cryptoservice.kms.aliyuncs.com`. */
  readonly endpoint?: string | undefined
  /** PEM certificate of the instance's own authority. Default: the client's. */
  readonly ca?: string | undefined
}

/** Which KMS is asked. */
export interface KmsPlace {
  /** Of the well-formed ARN that the caller gave; safe to build a host name from. */
  readonly region: string
  /** The instance to ask instead of the region's shared gateway. */
  readonly instance?: KmsInstance | undefined
}

/** A CMK, and the KMS that is asked. */
export interface KmsKey extends KmsPlace {
  /** The CMK's ARN or id. */
  readonly keyId: string
}

/** A wrapped data key, and what KMS says it is wrapped under. */
export interface WrappedKey {
  readonly ciphertextBlob: Uint8Array
  /** As KMS answered it: the id of the CMK. */
  readonly keyId: string
}

/** A data key in plaintext: its holder zeroes it. */
export interface PlaintextKey {
  readonly plaintext: Uint8Array
  /** As KMS answered it: the id of the CMK. */
  readonly keyId: string
}

/** How much data key is asked for: KMS's name for a length, or a number of bytes. */
export type DataKeyLength = { readonly keySpec: 'AES_128' | 'AES_256' } | { readonly numberOfBytes: number }

/**
 * The operations of KMS that data keys need. An empty encryption context is not sent. Every failure is a ServiceError; none of its fields
 * holds key bytes, credentials or the request. Implementations do not retry: whoever calls them does, by what `retryable` says.
 */
export interface KmsClient {
  /** A new data key under `key`, in plaintext and wrapped (KMS GenerateDataKey). */
  generateDataKey(
    request: KmsKey & { readonly length: DataKeyLength; readonly encryptionContext: EncryptionContext },
    options?: KmsCallOptions,
  ): Promise<WrappedKey & PlaintextKey>

  /** Wraps `plaintext` under `key` (KMS Encrypt). */
  encrypt(
    request: KmsKey & { readonly plaintext: Uint8Array; readonly encryptionContext: EncryptionContext },
    options?: KmsCallOptions,
  ): Promise<WrappedKey>

  /** Unwraps a data key (KMS Decrypt). KMS is not told which CMK: compare the `keyId` of the answer. */
  decrypt(
    request: {
      readonly region: string
      readonly ciphertextBlob: Uint8Array
      readonly encryptionContext: EncryptionContext
      /** Whether what was wrapped is a text that is not base64, and wanted as it is (ASCII): OSS SDKs of long ago wrapped such. Default false. */
      readonly plaintextIsText?: boolean | undefined
    },
    options?: KmsCallOptions,
  ): Promise<PlaintextKey>

  /** Wraps a wrapped data key under `key` instead, inside KMS (KMS ReEncrypt); KMS instances do not offer it. */
  reEncrypt(
    request: KmsKey & {
      readonly ciphertextBlob: Uint8Array
      readonly sourceEncryptionContext: EncryptionContext
      readonly encryptionContext: EncryptionContext
    },
    options?: KmsCallOptions,
  ): Promise<WrappedKey>
}

/** What can be asked about a CMK itself. */
export interface KmsKeyDirectory {
  /** The id of the KMS instance that the CMK lives in, if it lives in one (KMS DescribeKey). */
  describeKey(request: KmsKey, options?: KmsCallOptions): Promise<{ readonly instanceId: string | undefined }>
}
