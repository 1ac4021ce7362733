import type { SignatureAlgorithm } from '../kms/kms-signing-client.js'
import { verifyP256, verifySecp256k1 } from './ecdsa.js'
import type { HashName } from './hash.js'
import type { EcPublicKey, PublicKey, RsaPublicKey } from './public-key.js'
import { verifyPkcs1, verifyPss } from './rsa.js'
import { signerDigest, verifySm2 } from './sm2.js'

/** Whether `signature` is one of the data with this digest; false for anything malformed. */
type VerifyDigest<Key> = (key: Key, digest: Uint8Array, signature: Uint8Array) => boolean

type KeyType = PublicKey['type']
type KeyOf<Type extends KeyType> = Type extends 'RSA' ? RsaPublicKey : EcPublicKey

/** What is known of a signature algorithm. */
export interface SignatureAlgorithmRow {
  readonly hash: HashName
  /** Whether digests depend on the public key. */
  readonly keyedDigest: boolean
  /** @throws TypeError for a key of a type that the algorithm does not take. */
  readonly withKey: (key: PublicKey) => KeyedAlgorithm
}

/** A signature algorithm with a public key. */
export interface KeyedAlgorithm {
  /** What is hashed before the data. */
  readonly prefix: () => Uint8Array | undefined
  readonly verify: (digest: Uint8Array, signature: Uint8Array) => boolean
}

/** One row per algorithm, and no other place that asks for its name. */
const rows: Readonly<Record<SignatureAlgorithm, SignatureAlgorithmRow>> = {
  RSA_PSS_SHA_256: row('sha256', { RSA: verifyPss }),
  RSA_PKCS1_SHA_256: row('sha256', { RSA: verifyPkcs1 }),
  ECDSA_SHA_256: row('sha256', { 'P-256': verifyP256, secp256k1: verifySecp256k1 }),
  SM2DSA: row('sm3', { SM2: verifySm2 }, signerDigest),
}

/** @throws TypeError when there is no such algorithm. */
export function signatureAlgorithm(name: SignatureAlgorithm): SignatureAlgorithmRow {
  if (!Object.hasOwn(rows, name))
    throw new TypeError(`not a signature algorithm; there are ${Object.keys(rows).join(', ')}`)
  return rows[name]
}

/** @param keys How signatures are verified, by the type of the key. */
function row<Type extends KeyType>(
  hash: HashName,
  keys: Readonly<Record<Type, VerifyDigest<KeyOf<Type>>>>,
  prefix?: (key: KeyOf<Type>) => Uint8Array,
): SignatureAlgorithmRow {
  return {
    hash,
    keyedDigest: prefix !== undefined,
    withKey(anyKey) {
      if (!Object.hasOwn(keys, anyKey.type)) {
        throw new TypeError(`the key is of type ${anyKey.type}, not ${Object.keys(keys).join(' or ')}`)
      }
      const key = anyKey as KeyOf<Type>
      const verify = keys[anyKey.type as Type]
      return { prefix: () => prefix?.(key), verify: (digest, signature) => verify(key, digest, signature) }
    },
  }
}
