import { weierstrass, type WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'

/** The recommended curve of SM2 (GB/T 32918.5). */
export const Sm2Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
})

/** What is known of a curve. */
interface EcCurve {
  /** What stands before the point in a SubjectPublicKeyInfo (RFC 5480): nothing in it differs between keys. */
  readonly spkiHead: string
  readonly Point: WeierstrassPointCons<bigint>
}

/** The curves of KMS's keys, all of 256 bits. */
export const ecCurves = {
  'P-256': { spkiHead: '3059301306072a8648ce3d020106082a8648ce3d030107034200', Point: p256.Point },
  secp256k1: { spkiHead: '3056301006072a8648ce3d020106052b8104000a034200', Point: secp256k1.Point },
  SM2: { spkiHead: '3059301306072a8648ce3d020106082a811ccf5501822d034200', Point: Sm2Point },
} as const satisfies Record<string, EcCurve>

/** The name of a curve. */
export type EcCurveName = keyof typeof ecCurves
