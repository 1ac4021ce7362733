import type { KmsCallOptions, KmsKey } from './kms-client.js'

/** KMS's names of what it signs with. `ECDSA_SHA_256` is on the curve of the key, P-256 or secp256k1. */
export type SignatureAlgorithm = 'RSA_PSS_SHA_256' | 'RSA_PKCS1_SHA_256' | 'ECDSA_SHA_256' | 'SM2DSA'

/** One version of an asymmetric CMK. KMS takes no default for it. */
export interface KmsKeyVersion extends KmsKey {
  readonly keyVersionId: string
}

/** What KMS says it answered about: the id of the CMK, and the version of it. */
export interface AnsweredKeyVersion {
  readonly keyId: string
  readonly keyVersionId: string
}

/** What is signed: a digest that was computed here; KMS never sees the message. */
export interface DigestToSign {
  readonly algorithm: SignatureAlgorithm
  /** 32 bytes: SHA-256 of the message; for `SM2DSA` SM3 of Z_A and the message. */
  readonly digest: Uint8Array
}

/**
 * The operations of KMS that signatures need. Every failure is a ServiceError. Implementations do not retry: whoever
 * calls them does, by what `retryable` says.
 */
export interface KmsSigningClient {
  /**
   * Signs a digest (KMS AsymmetricSign). RSA signatures are as long as the modulus; the others are a DER SEQUENCE of r
   * and s.
   */
  asymmetricSign(
    request: KmsKeyVersion & DigestToSign,
    options?: KmsCallOptions,
  ): Promise<AnsweredKeyVersion & { readonly signature: Uint8Array }>

  /** Whether a signature is one of the digest (KMS AsymmetricVerify). */
  asymmetricVerify(
    request: KmsKeyVersion & DigestToSign & { readonly signature: Uint8Array },
    options?: KmsCallOptions,
  ): Promise<AnsweredKeyVersion & { readonly valid: boolean }>

  /** The public key as PEM, a SubjectPublicKeyInfo (KMS GetPublicKey). */
  getPublicKey(
    request: KmsKeyVersion,
    options?: KmsCallOptions,
  ): Promise<AnsweredKeyVersion & { readonly publicKey: string }>

  /** The versions of a CMK, at most the first 100 (KMS ListKeyVersions; KMS lets an asymmetric CMK have 50). */
  listKeyVersions(request: KmsKey, options?: KmsCallOptions): Promise<readonly AnsweredKeyVersion[]>
}
