import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  encodeDer,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  utcTime,
  utf8String,
} from './der.js'

/** What a server on this machine needs for TLS, all PEM. */
export interface ServerIdentity {
  /** The certificate of the CA that signed the server's; its private key is kept nowhere. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

interface CertificateRequest {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly issuer: string
  readonly issuerPublicKey: KeyObject
  readonly issuerPrivateKey: KeyObject
  readonly extensions: readonly Buffer[]
}

const yearMs = 365 * 24 * 60 * 60_000
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))

/** Makes a CA and a certificate by it for 127.0.0.1 and the given names, valid for a year. RFC 5280. */
export function makeServerIdentity(caName: string, dnsNames: readonly string[]): ServerIdentity {
  const ca = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const server = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const issuer = { issuer: caName, issuerPublicKey: ca.publicKey, issuerPrivateKey: ca.privateKey }
  const caCertificate = makeCertificate({
    ...issuer,
    subject: caName,
    publicKey: ca.publicKey,
    // It may sign certificates, but no CA below it.
    extensions: [critical('2.5.29.19', sequence(boolean(true), integer(Buffer.from([0])))), keyUsage(0x04, 2)],
  })
  const names = [
    ...dnsNames.map((name) => encodeDer(0x82, Buffer.from(name))),
    encodeDer(0x87, Buffer.from([127, 0, 0, 1])),
  ]
  const serverCertificate = makeCertificate({
    ...issuer,
    subject: '127.0.0.1',
    publicKey: server.publicKey,
    extensions: [
      critical('2.5.29.19', sequence()),
      keyUsage(0x80, 7),
      extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', sequence(...names)),
    ],
  })
  return {
    ca: toPem(caCertificate),
    cert: toPem(serverCertificate),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function makeCertificate(request: CertificateRequest): Buffer {
  const now = Date.now()
  const serial = randomBytes(16)
  // Positive, and without a zero in front.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const extensions = [
    ...request.extensions,
    extension('2.5.29.14', octetString(keyIdentifier(request.publicKey))),
    extension('2.5.29.35', sequence(encodeDer(0x80, keyIdentifier(request.issuerPublicKey)))),
  ]
  const toBeSigned = sequence(
    encodeDer(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    commonName(request.issuer),
    // A day back, for clocks that are a little behind.
    sequence(utcTime(now - yearMs / 365), utcTime(now + yearMs)),
    commonName(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    encodeDer(0xa3, sequence(...extensions)),
  )
  return sequence(toBeSigned, ecdsaWithSha256, bitString(sign('sha256', toBeSigned, request.issuerPrivateKey)))
}

function commonName(name: string): Buffer {
  return sequence(encodeDer(0x31, sequence(objectIdentifier('2.5.4.3'), utf8String(name))))
}

function extension(identifier: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(identifier), octetString(value))
}

function critical(identifier: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(identifier), boolean(true), octetString(value))
}

/** One byte of key usage bits: digitalSignature is 0x80, keyCertSign 0x04. */
function keyUsage(bits: number, unusedBits: number): Buffer {
  return critical('2.5.29.15', bitString(Buffer.from([bits]), unusedBits))
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest().subarray(0, 20)
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
