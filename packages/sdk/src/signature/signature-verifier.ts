import type { OptionNames } from '../options.js'
import type { SignatureAlgorithm } from '../kms/kms-signing-client.js'

/**
 * What is signed: bytes, or a stream of them (a Readable, a web stream), which is digested as it comes and read to its
 * end.
 */
export type SignedData = Uint8Array | AsyncIterable<Uint8Array>

/** Options of everything that signs or verifies. */
export interface SignatureOptions {
  /** The key has to be of its kind: RSA, P-256 or secp256k1 (`ECDSA_SHA_256`), SM2 (`SM2DSA`). */
  readonly algorithm: SignatureAlgorithm
  readonly signal?: AbortSignal | undefined
}

/** The names of the options of a signature. */
export const SIGNATURE_OPTIONS: OptionNames<SignatureOptions> = { algorithm: true, signal: true }

/** Makes signatures. */
export interface Signer {
  /** Signs data, of which only the digest leaves this process. */
  sign(data: SignedData, options: SignatureOptions): Promise<Uint8Array>

  /** Signs a digest of 32 bytes: SHA-256 of the data; for `SM2DSA` SM3 of Z_A and the data. */
  signDigest(digest: Uint8Array, options: SignatureOptions): Promise<Uint8Array>
}

/** Checks signatures. The answer comes in a promise, and a promise that is not awaited is never false. */
export interface SignatureVerifier {
  /** Whether `signature` is one of the data. */
  verify(data: SignedData, signature: Uint8Array, options: SignatureOptions): Promise<boolean>

  /** Whether `signature` is one of the data that has this digest; see {@link Signer.signDigest}. */
  verifyDigest(digest: Uint8Array, signature: Uint8Array, options: SignatureOptions): Promise<boolean>
}
