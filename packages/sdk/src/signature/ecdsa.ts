import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { EcPublicKey } from './public-key.js'
import { decodeScalarPair } from './scalar-pair.js'

// Node verifies ECDSA signatures of messages only, not of digests: the arithmetic comes from @noble/curves.

/** ECDSA (FIPS 186-5, section 6.4.2) on P-256. */
export const verifyP256 = verifierOn(p256)

/** ECDSA on secp256k1. */
export const verifySecp256k1 = verifierOn(secp256k1)

/** Of `s` and `n - s` both are valid, as in the standard: KMS does not promise the lower one. */
function verifierOn(curve: ECDSA) {
  return ({ point }: EcPublicKey, digest: Uint8Array, signature: Uint8Array): boolean => {
    const pair = decodeScalarPair(signature)
    return pair !== null && curve.verify(pair, digest, point, { prehash: false, lowS: false, format: 'compact' })
  }
}
