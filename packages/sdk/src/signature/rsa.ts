import { constants, publicEncrypt } from 'node:crypto'
import { concatBytes } from '../bytes/concat.js'
import { compareBytes } from '../bytes/order.js'
import { DIGEST_LENGTH, sha256 } from './hash.js'
import type { RsaPublicKey } from './public-key.js'

// RSA signatures of digests (RFC 8017). Node verifies messages only: here OpenSSL raises the signature to the public
// exponent, and the encoded message that comes out is checked against the digest. All of it is public, so that no
// comparison has to take constant time.

const SALT_LENGTH = 32

/** DigestInfo { SHA-256, NULL } up to the digest (RFC 8017, section 9.2, note 1). */
const sha256Info = Uint8Array.from(Buffer.from('3031300d060960864801650304020105000420', 'hex'))

/** RSASSA-PKCS1-v1_5: there is one encoded message for a digest, and it is compared as a whole; nothing is parsed. */
export function verifyPkcs1(key: RsaPublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
  const encoded = recoverEncoded(key, signature)
  if (!encoded) return false
  const filling = new Uint8Array(encoded.length - 3 - sha256Info.length - digest.length).fill(0xff)
  const expected = concatBytes(Uint8Array.of(0, 1), filling, Uint8Array.of(0), sha256Info, digest)
  return compareBytes(encoded, expected) === 0
}

/** RSASSA-PSS (section 9.1.2) with MGF1, SHA-256 in all places, and a salt of 32 bytes, no other. */
export function verifyPss(key: RsaPublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
  const recovered = recoverEncoded(key, signature)
  if (!recovered) return false
  // The encoded message is one bit shorter than the modulus: by a whole byte when the modulus has one bit more than
  // whole bytes.
  const encodedBits = key.modulusBits - 1
  const encodedLength = Math.ceil(encodedBits / 8)
  if (recovered.length > encodedLength && recovered[0] !== 0) return false
  const encoded = recovered.subarray(recovered.length - encodedLength)

  const maskedLength = encodedLength - DIGEST_LENGTH - 1
  const masked = encoded.subarray(0, maskedLength)
  const hash = encoded.subarray(maskedLength, -1)
  const unusedBits = 8 * encodedLength - encodedBits
  if (encoded.at(-1) !== 0xbc || (masked[0] ?? 0) >> (8 - unusedBits) !== 0) return false

  const mask = mgf1(hash, maskedLength)
  const block = masked.map((byte, index) => byte ^ (mask[index] ?? 0))
  block[0] = (block[0] ?? 0) & (0xff >> unusedBits)
  const saltStart = maskedLength - SALT_LENGTH
  const filling = block.subarray(0, saltStart - 1)
  if (filling.some((byte) => byte !== 0) || block[saltStart - 1] !== 1) return false
  const salt = block.subarray(saltStart)
  return compareBytes(hash, sha256(new Uint8Array(8), digest, salt)) === 0
}

/**
 * The signature to the power of the public exponent, as long as the modulus; null when it is not as long, or not below
 * the modulus.
 */
function recoverEncoded({ key, modulusBits }: RsaPublicKey, signature: Uint8Array): Uint8Array | null {
  if (signature.length !== Math.ceil(modulusBits / 8)) return null
  try {
    return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return null
  }
}

function mgf1(seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / DIGEST_LENGTH) }, (_, counter) =>
    sha256(seed, Uint8Array.of(0, 0, counter >> 8, counter)),
  )
  return concatBytes(...blocks).subarray(0, length)
}
