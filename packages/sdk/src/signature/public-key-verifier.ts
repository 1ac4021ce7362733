import { assertOptions } from '../options.js'
import { digestData } from './digest-data.js'
import { DIGEST_LENGTH } from './hash.js'
import { readCertificate, readPublicKeyPem, type PublicKey } from './public-key.js'
import { signatureAlgorithm } from './signature-algorithms.js'
import {
  SIGNATURE_OPTIONS,
  type SignatureOptions,
  type SignatureVerifier,
  type SignedData,
} from './signature-verifier.js'

/**
 * Checks signatures here, with a public key: the same ones as KMS makes, without asking it.
 *
 * Each signature has one form that is accepted: as long as the modulus (RSA), the one DER encoding of r and s (the
 * others). Other salt lengths, hashes and encodings are not signatures, and neither is anything malformed: the answer
 * is false, and nothing is thrown for it.
 */
export class PublicKeyVerifier implements SignatureVerifier {
  readonly #key: PublicKey

  private constructor(key: PublicKey) {
    this.#key = key
  }

  /**
   * @param pem A SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`), as KMS's GetPublicKey answers and OpenSSL writes it: RSA of
   *   2048 bits or more, P-256, secp256k1 or SM2.
   * @throws FormatError `InvalidFormat`; `UnsupportedAlgorithm` for keys of other kinds.
   */
  static fromPem(pem: string): PublicKeyVerifier {
    return new PublicKeyVerifier(readPublicKeyPem(pem))
  }

  /**
   * Only the key is taken out of the certificate. Nothing else in it is looked at: not who issued it, not its dates,
   * names or uses, nor whether it was revoked.
   *
   * @param certificate X.509, PEM or DER; of several in one PEM, the first.
   * @throws FormatError; see {@link PublicKeyVerifier.fromPem}.
   */
  static fromCertificate(certificate: string | Uint8Array): PublicKeyVerifier {
    return new PublicKeyVerifier(readCertificate(certificate))
  }

  /**
   * The digest of the data that is signed under this key: for `SM2DSA` the key is part of it, so that no other way
   * leads there.
   *
   * @throws TypeError when the data is not bytes, or the key is not of the algorithm's type; what the stream fails
   *   with.
   */
  async digest(data: SignedData, options: SignatureOptions): Promise<Uint8Array> {
    assertOptions('digest', options, SIGNATURE_OPTIONS)
    const { algorithm, signal } = options
    const { hash, withKey } = signatureAlgorithm(algorithm)
    return digestData(hash, withKey(this.#key).prefix(), data, signal)
  }

  /**
   * @throws TypeError when data or signature are not bytes, or the key is not of the algorithm's type; what the stream
   * fails with.
   */
  async verify(data: SignedData, signature: Uint8Array, options: SignatureOptions): Promise<boolean> {
    assertOptions('verify', options, SIGNATURE_OPTIONS)
    requireSignature(signature)
    return this.verifyDigest(await this.digest(data, options), signature, options)
  }

  /**
   * @throws TypeError when digest or signature are not bytes, or the key is not of the algorithm's type.
   * @throws RangeError when the digest does not have 32 bytes.
   */
  async verifyDigest(digest: Uint8Array, signature: Uint8Array, options: SignatureOptions): Promise<boolean> {
    assertOptions('verifyDigest', options, SIGNATURE_OPTIONS)
    const { algorithm, signal } = options
    signal?.throwIfAborted()
    requireDigest(digest)
    requireSignature(signature)
    return signatureAlgorithm(algorithm).withKey(this.#key).verify(digest, signature)
  }
}

/** @throws TypeError, RangeError when it is not a digest. */
export function requireDigest(digest: Uint8Array): void {
  if (!(digest instanceof Uint8Array)) throw new TypeError('a digest is bytes')
  if (digest.length !== DIGEST_LENGTH) throw new RangeError(`a digest has ${String(DIGEST_LENGTH)} bytes`)
}

/** @throws TypeError when it is not bytes. */
export function requireSignature(signature: Uint8Array): void {
  if (!(signature instanceof Uint8Array)) throw new TypeError('a signature is bytes')
}
