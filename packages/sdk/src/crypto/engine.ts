import type { AlgorithmSuite } from './algorithm.js'

/** A message body: iv, ciphertext and tag, each of the lengths that its suite names (an empty tag where the suite has none). */
export interface EncryptedBody {
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly authTag: Uint8Array
}

/** An AES-GCM key. What a call is given may be changed when its promise has resolved. */
export interface GcmKey {
  /**
   * Encrypts a short message.
   *
   * @param iv 12 bytes; never the same for two messages.
   * @returns the ciphertext and, behind it, the tag of 16 bytes.
   */
  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>
  /**
   * Decrypts and verifies a short message.
   *
   * @param sealed Ciphertext and tag.
   * @throws IntegrityError.
   */
  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array>
}

/** Is given bytes piece by piece, in their order. Each piece is the taker's. */
export type TakePiece = (piece: Uint8Array) => void

/**
 * The cryptography that a platform brings; reached as `#crypto-engine`, whose package condition chooses the platform's. Keys stay the
 * caller's: the engine keeps no reference to their bytes after the call, and the caller zeroes them. Results come in pieces, so that they go
 * where they belong without a buffer between; see `encryptBody` and `decryptBody` for results in one.
 */
export interface CryptoEngine {
  /** Bytes from the platform's cryptographic random source. */
  randomBytes(length: number): Uint8Array

  /**
   * Asserts that the platform has what a suite needs.
   *
   * @throws FormatError `UnsupportedAlgorithm`.
   */
  assertSupported(suite: AlgorithmSuite): void

  /**
   * Encrypts under a fresh random iv.
   *
   * @param aad What a GCM suite authenticates beside the plaintext; must be empty for suites without a tag.
   * @param take Is given the ciphertext.
   * @throws RangeError when the plaintext is not whole blocks and the suite does not pad.
   */
  encrypt(
    suite: AlgorithmSuite,
    key: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
    take: TakePiece,
  ): Promise<Pick<EncryptedBody, 'iv' | 'authTag'>>

  /**
   * Decrypts.
   *
   * @param takeUnverified Is given the plaintext. Whoever takes it uses none of it before this has resolved, and wipes it when it rejects.
   * @throws IntegrityError when the tag or the padding is wrong, or the ciphertext is not whole blocks where it must be.
   */
  decrypt(
    suite: AlgorithmSuite,
    key: Uint8Array,
    aad: Uint8Array,
    body: EncryptedBody,
    takeUnverified: TakePiece,
  ): Promise<void>

  /**
   * An AES-GCM key for any number of short messages, several of them at a time.
   *
   * @param key 16 or 32 bytes; they are copied, and cannot be read out again.
   */
  importGcmKey(key: Uint8Array): Promise<GcmKey>

  /** HMAC with SHA-384: 48 bytes. */
  hmacSha384(key: Uint8Array, data: Uint8Array): Promise<Uint8Array>
}
