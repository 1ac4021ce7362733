import type { KeySpec } from '../key-spec.js'
import { type EcCurve, p256, p256k } from './ec-curve.js'
import { signEcdsa, signSm2, verifyEcdsa, verifySm2 } from './ec-digest-signature.js'
import { signPkcs1, signPss, verifyPkcs1, verifyPss } from './rsa-digest-signature.js'

/** How digests of 32 bytes are signed. Private keys are PKCS #8 in DER. */
export interface SignatureMethod {
  readonly sign: (privateKey: Buffer, digest: Buffer) => Buffer
  readonly verify: (privateKey: Buffer, digest: Buffer, signature: Buffer) => boolean
}

const pss: SignatureMethod = { sign: signPss, verify: verifyPss }
const pkcs1: SignatureMethod = { sign: signPkcs1, verify: verifyPkcs1 }
const ecdsa = (curve: EcCurve): SignatureMethod => ({
  sign: (privateKey, digest) => signEcdsa(curve, privateKey, digest),
  verify: (privateKey, digest, signature) => verifyEcdsa(curve, privateKey, digest, signature),
})

/** The methods by algorithm and by kind of key; a kind that an algorithm does not list cannot be used with it. */
const methods = {
  RSA_PSS_SHA_256: { RSA_2048: pss, RSA_3072: pss, RSA_4096: pss },
  RSA_PKCS1_SHA_256: { RSA_2048: pkcs1, RSA_3072: pkcs1, RSA_4096: pkcs1 },
  ECDSA_SHA_256: { EC_P256: ecdsa(p256), EC_P256K: ecdsa(p256k) },
  SM2DSA: { EC_SM2: { sign: signSm2, verify: verifySm2 } },
} as const satisfies Record<string, Partial<Record<KeySpec, SignatureMethod>>>

export type SignatureAlgorithm = keyof typeof methods

export const signatureAlgorithms = Object.keys(methods) as SignatureAlgorithm[]

/** Undefined when the algorithm cannot be used with such a key. */
export function findSignatureMethod(algorithm: SignatureAlgorithm, spec: KeySpec): SignatureMethod | undefined {
  const bySpec: Partial<Record<KeySpec, SignatureMethod>> = methods[algorithm]
  return bySpec[spec]
}
