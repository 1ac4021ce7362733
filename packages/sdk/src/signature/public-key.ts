import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { decodeBase64 } from '../bytes/base64.js'
import { DerReader } from '../bytes/der.js'
import { compareBytes } from '../bytes/order.js'
import { FormatError } from '../errors.js'
import { ecCurves, type EcCurveName } from './ec-curves.js'

/** An RSA key of 2048 bits or more. */
export interface RsaPublicKey {
  readonly type: 'RSA'
  readonly key: KeyObject
  readonly modulusBits: number
}

/** A point on an elliptic curve. */
export interface EcPublicKey {
  readonly type: EcCurveName
  /** On the curve, uncompressed: 04, x, y; 65 bytes. */
  readonly point: Uint8Array
}

/** A public key that has been found well-formed. */
export type PublicKey = RsaPublicKey | EcPublicKey

const SHORTEST_MODULUS_BITS = 2048
const POINT_LENGTH = 65

/** The AlgorithmIdentifier of RSA keys (RFC 3279, section 2.3.1). */
const RSA_ALGORITHM = '300d06092a864886f70d0101010500'

/** Context tag 0: the version of a certificate, which is left out of certificates of version 1. */
const VERSION_TAG = 0xa0

const PUBLIC_KEY_PEM = /^\s*-----BEGIN PUBLIC KEY-----(?<base64>[A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/

/**
 * Reads a public key from PEM: a SubjectPublicKeyInfo, `BEGIN PUBLIC KEY`, which is what KMS answers and OpenSSL
 * writes.
 *
 * @throws FormatError `InvalidFormat`; `UnsupportedAlgorithm` for keys of other kinds, compressed points, and RSA below
 *   2048 bits.
 */
export function readPublicKeyPem(pem: string): PublicKey {
  if (typeof pem !== 'string') throw new TypeError('a PEM is a string')
  const base64 = PUBLIC_KEY_PEM.exec(pem)?.groups?.['base64']
  if (base64 === undefined) throw new FormatError('not a public key in PEM')
  return readPublicKeyDer(decodeBase64(base64.replaceAll(/\s/g, '')))
}

/**
 * Reads the public key out of an X.509 certificate, in PEM or DER; of a chain, out of the first.
 *
 * @throws FormatError; see {@link readPublicKeyPem}.
 */
export function readCertificate(certificate: string | Uint8Array): PublicKey {
  if (typeof certificate !== 'string' && !(certificate instanceof Uint8Array)) {
    throw new TypeError('a certificate is a string (PEM) or bytes (DER)')
  }
  let der
  try {
    der = new X509Certificate(certificate).raw
  } catch {
    throw new FormatError('not an X.509 certificate')
  }
  return readPublicKeyDer(subjectPublicKeyInfo(der))
}

/**
 * The subjectPublicKeyInfo of a certificate (RFC 5280, section 4.1): what follows version, serial number, signature,
 * issuer, validity, subject.
 */
function subjectPublicKeyInfo(certificate: Uint8Array): Uint8Array {
  const fields = new DerReader(certificate).readSequence().readSequence()
  let field = fields.readElement()
  const others = field[0] === VERSION_TAG ? 6 : 5
  for (let index = 0; index < others; index += 1) field = fields.readElement()
  return field
}

/**
 * OpenSSL is not asked about elliptic curves: not every build knows SM2, and Node 20 aborts when it exports some SM2
 * keys.
 */
function readPublicKeyDer(spki: Uint8Array): PublicKey {
  for (const type of Object.keys(ecCurves) as EcCurveName[]) {
    const head = fromHex(ecCurves[type].spkiHead)
    if (startsWith(spki, head)) return readPoint(type, spki.slice(head.length))
  }
  const outer = new DerReader(spki)
  const algorithm = outer.readSequence().readElement()
  outer.end()
  if (compareBytes(algorithm, fromHex(RSA_ALGORITHM)) === 0) return readRsa(spki)
  throw new FormatError(
    'a key that is neither RSA nor an uncompressed point on P-256, secp256k1 or SM2',
    'UnsupportedAlgorithm',
  )
}

function readPoint(type: EcCurveName, point: Uint8Array): EcPublicKey {
  if (point.length !== POINT_LENGTH) throw new FormatError('a point that is not uncompressed')
  try {
    ecCurves[type].Point.fromBytes(point)
  } catch {
    throw new FormatError(`not a point on ${type}`)
  }
  return { type, point }
}

function readRsa(spki: Uint8Array): RsaPublicKey {
  let key
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    throw new FormatError('not a well-formed RSA key')
  }
  if (compareBytes(key.export({ format: 'der', type: 'spki' }), spki) !== 0)
    throw new FormatError('an RSA key not in DER')
  const modulusBits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (modulusBits < SHORTEST_MODULUS_BITS) {
    throw new FormatError(`an RSA key of less than ${String(SHORTEST_MODULUS_BITS)} bits`, 'UnsupportedAlgorithm')
  }
  return { type: 'RSA', key, modulusBits }
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return compareBytes(bytes.subarray(0, head.length), head) === 0
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
