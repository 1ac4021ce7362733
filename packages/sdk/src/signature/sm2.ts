import { bytesToNumberBE } from '@noble/curves/utils.js'
import { Sm2Point } from './ec-curves.js'
import { sm3 } from './hash.js'
import type { EcPublicKey } from './public-key.js'
import { decodeScalarPair } from './scalar-pair.js'

// SM2 signatures (GB/T 32918.2). OpenSSL knows them, but Node has no way to set the user id; the arithmetic comes from
// @noble/curves.

const { Fp: Field, Fn: Scalar } = Sm2Point

/** The user id that KMS signs under, as does everyone who was told of no other. */
const USER_ID = new TextEncoder().encode('1234567812345678')

/** Z_A (section 5.5): the SM3 digest of the signer's id, curve and key, which goes before the message. */
export function signerDigest({ point }: EcPublicKey): Uint8Array {
  const { a, b, Gx, Gy } = Sm2Point.CURVE()
  const parameters = [a, b, Gx, Gy].map((parameter) => Field.toBytes(parameter))
  const idBits = 8 * USER_ID.length
  return sm3(Uint8Array.of(idBits >> 8, idBits), USER_ID, ...parameters, point.subarray(1))
}

/** SM2 (section 7.1) of the digest SM3(Z_A | message). */
export function verifySm2({ point }: EcPublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
  const pair = decodeScalarPair(signature)
  if (!pair) return false
  const [r, s] = [bytesToNumberBE(pair.subarray(0, 32)), bytesToNumberBE(pair.subarray(32))]
  if (!Scalar.isValidNot0(r) || !Scalar.isValidNot0(s)) return false
  const t = Scalar.add(r, s)
  if (t === 0n) return false
  const sum = Sm2Point.BASE.mulAddUnsafe(s, Sm2Point.fromBytes(point), t)
  return !sum.is0() && Scalar.create(bytesToNumberBE(digest) + sum.x) === r
}
