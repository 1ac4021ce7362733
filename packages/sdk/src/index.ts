/**
 * Messages, data keys, signatures and errors: what needs no OSS.
 *
 * @packageDocumentation
 * @module osscrypt
 */
export {
  FormatError,
  IntegrityError,
  KeyError,
  NotEncryptedError,
  OsscryptError,
  ServiceError,
  type ErrorCode,
  type ServiceErrorCode,
  type ServiceErrorDetails,
} from './errors.js'
export type { AlgorithmName, AlgorithmSuite } from './crypto/algorithm.js'
export type { DecryptStreamOptions } from './encryption/decrypt-stream.js'
export { EncryptionSdk, type EncryptionSdkOptions } from './encryption/encryption-sdk.js'
export type { EncryptionTransform, EncryptionTransformPair } from './encryption/node-encryption-transform.js'
export type { EnvelopeProvider, StoredEnvelopeProvider } from './keys/envelope-provider.js'
export {
  CachingDataKeyProvider,
  type CachingDataKeyProviderOptions,
  type CachingStatistics,
} from './keys/caching-data-key-provider.js'
export type { CachingLimits } from './keys/caching-limits.js'
export { LruDataKeyCacheStore, type DataKeyCacheEntry, type DataKeyCacheStore } from './keys/data-key-cache-store.js'
export type {
  DataKeyProvider,
  DataKeyRequest,
  DecryptDataKeyRequest,
  EncryptionMaterials,
  ReadMessage,
  UnwrappedDataKey,
  WrappedSecret,
  WrappedSecrets,
} from './keys/data-key-provider.js'
export type { DataKeyRewrapper } from './keys/data-key-rewrapper.js'
export type { DecryptOptions, EncryptOptions, Envelope } from './keys/envelope.js'
export { KmsDataKeyProvider } from './keys/kms-data-key-provider.js'
export type { KmsDataKeyProviderOptions } from './keys/kms-data-key-provider-options.js'
export { RawAesDataKeyProvider, type RawAesKey } from './keys/raw-aes-data-key-provider.js'
export { RsaDataKeyProvider } from './keys/node-rsa-data-key-provider.js'
export type { RsaJsonWebKey, RsaKeyInput, RsaKeyOptions } from './keys/node-rsa-key.js'
export {
  SecretsManagerDataKeyProvider,
  type SecretsManagerDataKeyProviderOptions,
} from './keys/secrets-manager-data-key-provider.js'
export type { EncryptionInfo, UnverifiedEncryptionInfo, VerifiedHeader } from './keys/verified-header.js'
export { messageForm, type MessageForm } from './message/message-form.js'
export type {
  DataKeyLength,
  KmsCallOptions,
  KmsClient,
  KmsInstance,
  KmsKey,
  KmsPlace,
  PlaintextKey,
  WrappedKey,
} from './kms/kms-client.js'
export { createKmsCall, type KmsCall } from './kms/kms-call.js'
export type { KmsEndpointOptions } from './kms/kms-endpoint.js'
export type {
  AnsweredKeyVersion,
  DigestToSign,
  KmsKeyVersion,
  KmsSigningClient,
  SignatureAlgorithm,
} from './kms/kms-signing-client.js'
export { OpenApiKmsClient } from './kms/open-api-kms-client.js'
export type { AccessKey, CredentialClient, Credentials, OpenApiKmsClientOptions } from './kms/open-api-options.js'
export type { EncryptionContext } from './message/encryption-context.js'
export type { EncryptedDataKey } from './message/header.js'
export { fullJitter, noRetry, type FullJitterOptions, type RetryPolicy } from './retry/retry.js'
export type { SpoolOptions } from './spool/spool.js'
export type { NewSecret, SecretsClient } from './kms/secrets-client.js'
export { KmsSigner, type KmsSignerOptions } from './signature/kms-signer.js'
export { PublicKeyVerifier } from './signature/public-key-verifier.js'
export type { SignatureOptions, SignatureVerifier, SignedData, Signer } from './signature/signature-verifier.js'
