import { type EcCurve, invert, modulo, multiplyBase, randomScalar, secretScalar, sm2, toNumber } from './ec-curve.js'
import { decodeSignature, encodeSignature } from './signature-der.js'

// Private keys are PKCS #8. The service has the private key at hand when it verifies, so that u·G + v·P is (u + v·d)·G: one multiplication, no addition.

/** Signs a digest with ECDSA (FIPS 186-5, section 6.4). Returns SEQUENCE { r, s } in DER. */
export function signEcdsa(curve: EcCurve, privateKey: Buffer, digest: Buffer): Buffer {
  const { order } = curve
  const secret = secretScalar(privateKey)
  for (;;) {
    const nonce = randomScalar(curve)
    const r = modulo(multiplyBase(curve, nonce), order)
    const s = modulo(invert(nonce, order) * (toNumber(digest) + r * secret), order)
    if (r !== 0n && s !== 0n) return encodeSignature(r, s)
  }
}

export function verifyEcdsa(curve: EcCurve, privateKey: Buffer, digest: Buffer, signature: Buffer): boolean {
  const { order } = curve
  const pair = decodeSignature(signature)
  if (pair === undefined || !isScalar(pair.r, order) || !isScalar(pair.s, order)) return false
  const { r, s } = pair
  const point = modulo(invert(s, order) * (toNumber(digest) + r * secretScalar(privateKey)), order)
  return point !== 0n && modulo(multiplyBase(curve, point), order) === r
}

/** Signs the digest e = SM3(Z | message) with SM2 (GB/T 32918.2, section 6). Returns SEQUENCE { r, s } in DER. */
export function signSm2(privateKey: Buffer, digest: Buffer): Buffer {
  const { order } = sm2
  const secret = secretScalar(privateKey)
  for (;;) {
    const nonce = randomScalar(sm2)
    const r = modulo(toNumber(digest) + multiplyBase(sm2, nonce), order)
    const s = modulo(invert(1n + secret, order) * (nonce - r * secret), order)
    if (r !== 0n && r + nonce !== order && s !== 0n) return encodeSignature(r, s)
  }
}

export function verifySm2(privateKey: Buffer, digest: Buffer, signature: Buffer): boolean {
  const { order } = sm2
  const pair = decodeSignature(signature)
  if (pair === undefined || !isScalar(pair.r, order) || !isScalar(pair.s, order)) return false
  const { r, s } = pair
  const sum = modulo(r + s, order)
  const point = modulo(s + sum * secretScalar(privateKey), order)
  return sum !== 0n && point !== 0n && modulo(toNumber(digest) + multiplyBase(sm2, point), order) === r
}

function isScalar(value: bigint, order: bigint): boolean {
  return value > 0n && value < order
}
