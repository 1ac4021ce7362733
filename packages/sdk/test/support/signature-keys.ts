import { constants, createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import type { SignatureAlgorithm } from 'osscrypt'
import { Sm2Point } from '../../src/signature/ec-curves.js'
import { patternBytes } from './bytes.js'

/** A key pair made here, which signs without the code under test but for the curve of SM2. */
export interface TestKey {
  readonly name: string
  readonly pem: string
  readonly algorithms: readonly SignatureAlgorithm[]
  sign(data: Uint8Array, algorithm: SignatureAlgorithm): Uint8Array
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
const rsaPaddings: Partial<Record<SignatureAlgorithm, object>> = {
  RSA_PSS_SHA_256: pss,
  RSA_PKCS1_SHA_256: { padding: constants.RSA_PKCS1_PADDING },
}

/** One key of each kind that KMS has. */
export function createTestKeys(): readonly TestKey[] {
  return [
    createRsaKey(2048),
    createRsaKey(3072),
    createEcKey('P-256', 'prime256v1'),
    createEcKey('secp256k1', 'secp256k1'),
    createSm2Key(),
  ]
}

/** Also with moduli whose length is not a whole number of bytes. */
export function createRsaKey(modulusLength: number): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
  return {
    name: `RSA ${modulusLength}`,
    pem: toPem(publicKey),
    algorithms: ['RSA_PSS_SHA_256', 'RSA_PKCS1_SHA_256'],
    sign: (data, algorithm) => sign('sha256', data, { key: privateKey, ...rsaPaddings[algorithm] }),
  }
}

function createEcKey(name: string, namedCurve: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  return {
    name,
    pem: toPem(publicKey),
    algorithms: ['ECDSA_SHA_256'],
    sign: (data) => sign('sha256', data, privateKey),
  }
}

function createSm2Key(): TestKey {
  const secret = bytesToNumberBE(patternBytes(31, 7))
  const point = Sm2Point.BASE.multiply(secret).toBytes(false)
  return {
    name: 'SM2',
    pem: sm2Pem(point),
    algorithms: ['SM2DSA'],
    sign: (data) => signSm2(secret, createHash('sm3').update(signerDigest(point)).update(data).digest()),
  }
}

/** GB/T 32918.2, section 6.1, with a fixed k. */
function signSm2(secret: bigint, digest: Uint8Array): Uint8Array {
  const { Fn } = Sm2Point
  const k = bytesToNumberBE(createHash('sha256').update(digest).digest().subarray(1))
  const r = Fn.create(bytesToNumberBE(digest) + Sm2Point.BASE.multiply(k).toAffine().x)
  const s = Fn.mul(Fn.inv(Fn.add(secret, 1n)), Fn.sub(k, Fn.mul(r, secret)))
  return derPair(r, s)
}

function signerDigest(point: Uint8Array): Buffer {
  const { a, b, Gx, Gy } = Sm2Point.CURVE()
  const hash = createHash('sm3').update('0080', 'hex').update('1234567812345678')
  for (const parameter of [a, b, Gx, Gy]) hash.update(numberToBytesBE(parameter, 32))
  return hash.update(point.subarray(1)).digest()
}

/** An uncompressed point on SM2's curve as a public key in PEM. */
export function sm2Pem(point: Uint8Array): string {
  return pemOf(Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex'), point]))
}

/** `BEGIN PUBLIC KEY` around any bytes. */
export function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}

/** SEQUENCE { INTEGER r, INTEGER s } in DER, for numbers of any size. */
export function derPair(r: bigint, s: bigint): Buffer {
  const content = Buffer.concat([derInteger(r), derInteger(s)])
  return Buffer.concat([Buffer.of(0x30, content.length), content])
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const content = digits[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits
  return Buffer.concat([Buffer.of(2, content.length), content])
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string
}
