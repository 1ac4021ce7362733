import { createECDH, randomBytes } from 'node:crypto'

/** A curve over which signatures are computed here, because Node signs messages and not digests. */
export interface EcCurve {
  /** OpenSSL's name. */
  readonly name: string
  /** The order of the base point. All curves here have 256 bits. */
  readonly order: bigint
}

export const p256: EcCurve = {
  name: 'prime256v1',
  order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
}

export const p256k: EcCurve = {
  name: 'secp256k1',
  order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

export const sm2: EcCurve = {
  name: 'SM2',
  order: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
}

const scalarLength = 32

/** The x coordinate of `scalar` times the base point; OpenSSL multiplies. The scalar is from 1 to order - 1. */
export function multiplyBase(curve: EcCurve, scalar: bigint): bigint {
  const ecdh = createECDH(curve.name)
  ecdh.setPrivateKey(Buffer.from(scalar.toString(16).padStart(2 * scalarLength, '0'), 'hex'))
  return toNumber(ecdh.getPublicKey().subarray(1, 1 + scalarLength))
}

/** A number from 1 to order - 1, each as likely as the others. */
export function randomScalar(curve: EcCurve): bigint {
  for (;;) {
    const scalar = toNumber(randomBytes(scalarLength))
    if (scalar > 0n && scalar < curve.order) return scalar
  }
}

/** Where ECPrivateKey (RFC 5915) begins inside PKCS #8: INTEGER 1, OCTET STRING of 32 bytes. */
const ecPrivateKeyStart = Buffer.from('0201010420', 'hex')

/**
 * The secret number of a private key in PKCS #8. It is read here because Node 20 aborts the process when it is told to
 * export an SM2 key that it imported in another form.
 */
export function secretScalar(pkcs8: Buffer): bigint {
  const start = pkcs8.indexOf(ecPrivateKeyStart) + ecPrivateKeyStart.length
  return toNumber(pkcs8.subarray(start, start + scalarLength))
}

export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

/** The remainder that is not negative. */
export function modulo(value: bigint, order: bigint): bigint {
  const rest = value % order
  return rest < 0n ? rest + order : rest
}

/** The inverse of a number that is not 0, modulo the (prime) order. */
export function invert(value: bigint, order: bigint): bigint {
  let [a, b, x, y] = [modulo(value, order), order, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return modulo(x, order)
}
