import { generateKeyPair as generateKeyPairCallback, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

const generateKeyPair = promisify(generateKeyPairCallback)

export type KeyUsage = 'ENCRYPT/DECRYPT' | 'SIGN/VERIFY'

/** What is known of a kind of key. The first usage is the one of a key that is created without saying. */
interface KeySpecRow {
  readonly kind: 'symmetric' | 'rsa' | 'ec'
  readonly usages: readonly [KeyUsage, ...KeyUsage[]]
  /** New key material: raw for a symmetric key, PKCS #8 for an asymmetric one. */
  readonly generate: () => Promise<Buffer>
}

/** Every kind of key that the local KMS makes; one row says all there is to know of one. */
export const keySpecs = {
  Aliyun_AES_256: { kind: 'symmetric', usages: ['ENCRYPT/DECRYPT'], generate: () => Promise.resolve(randomBytes(32)) },
  RSA_2048: { kind: 'rsa', usages: ['ENCRYPT/DECRYPT', 'SIGN/VERIFY'], generate: () => generateRsa(2048) },
  RSA_3072: { kind: 'rsa', usages: ['ENCRYPT/DECRYPT', 'SIGN/VERIFY'], generate: () => generateRsa(3072) },
  RSA_4096: { kind: 'rsa', usages: ['ENCRYPT/DECRYPT', 'SIGN/VERIFY'], generate: () => generateRsa(4096) },
  EC_P256: { kind: 'ec', usages: ['SIGN/VERIFY'], generate: () => generateEc('prime256v1') },
  EC_P256K: { kind: 'ec', usages: ['SIGN/VERIFY'], generate: () => generateEc('secp256k1') },
  EC_SM2: { kind: 'ec', usages: ['SIGN/VERIFY'], generate: () => generateEc('SM2') },
} as const satisfies Record<string, KeySpecRow>

export type KeySpec = keyof typeof keySpecs

export function keySpecRow(spec: KeySpec): KeySpecRow {
  return keySpecs[spec]
}

async function generateRsa(modulusLength: number): Promise<Buffer> {
  const { privateKey } = await generateKeyPair('rsa', { modulusLength })
  return privateKey.export({ type: 'pkcs8', format: 'der' })
}

async function generateEc(namedCurve: string): Promise<Buffer> {
  const { privateKey } = await generateKeyPair('ec', { namedCurve })
  return privateKey.export({ type: 'pkcs8', format: 'der' })
}
