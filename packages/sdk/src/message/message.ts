import { concatBytes } from '../bytes/concat.js'
import { DerReader, encodeOctetString, encodeOctetStringHead, encodeSequenceHead } from '../bytes/der.js'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import type { EncryptedBody } from '../crypto/engine.js'
import { FormatError } from '../errors.js'
import { encodeHeader, readHeader, type HeaderLimits, type MessageHeader } from './header.js'

/** A whole message (form 1). */
export interface Message {
  readonly header: MessageHeader
  readonly body: EncryptedBody
}

/** A message as DER: `SEQUENCE { header, SEQUENCE { iv, ciphertext, tag } }`. */
export function encodeMessage({ header, body }: Message): Uint8Array {
  const encodedHeader = encodeHeader(header)
  const encodedBody = encodeBodyParts(body)
  const bodyLength = encodedBody.reduce((length, part) => length + part.length, 0)
  return concatBytes(encodeSequenceHead(encodedHeader.length + bodyLength), encodedHeader, ...encodedBody)
}

/** A body alone as DER: `SEQUENCE { iv, ciphertext, tag }`. */
export function encodeBody(body: EncryptedBody): Uint8Array {
  return concatBytes(...encodeBodyParts(body))
}

/** The parts of an encoded body, so that its ciphertext is copied once only. */
function encodeBodyParts({ iv, ciphertext, authTag }: EncryptedBody): Uint8Array[] {
  const before = concatBytes(encodeOctetString(iv), encodeOctetStringHead(ciphertext.length))
  const after = encodeOctetString(authTag)
  return [encodeSequenceHead(before.length + ciphertext.length + after.length), before, ciphertext, after]
}

/**
 * Decodes a message. Nothing of it is verified yet.
 *
 * @throws {@link FormatError} for anything but the one DER encoding of a message within the limits.
 */
export function decodeMessage(bytes: Uint8Array, limits: HeaderLimits = {}): Message {
  const reader = new DerReader(bytes)
  const content = reader.readSequence()
  reader.end()
  const header = readHeader(content, limits)
  const body = readBody(content, header.algorithm)
  content.end()
  return { header, body }
}

/** Decodes bytes that are a body and nothing else; see {@link decodeMessage}. */
export function decodeBody(bytes: Uint8Array, algorithm: AlgorithmSuite): EncryptedBody {
  const reader = new DerReader(bytes)
  const body = readBody(reader, algorithm)
  reader.end()
  return body
}

function readBody(reader: DerReader, algorithm: AlgorithmSuite): EncryptedBody {
  const content = reader.readSequence()
  const body = {
    iv: content.readOctetString(),
    ciphertext: content.readOctetString(),
    authTag: content.readOctetString(),
  }
  content.end()
  if (algorithm.mode === 'FLOE') throw new FormatError('FLOE is not used in messages', 'UnsupportedAlgorithm')
  assertBodyLengths(algorithm, body)
  return body
}

/** Asserts that a body's iv and tag have the lengths that its algorithm gives them. */
export function assertBodyLengths(algorithm: AlgorithmSuite, body: Pick<EncryptedBody, 'iv' | 'authTag'>): void {
  if (body.iv.length !== algorithm.ivLength || body.authTag.length !== algorithm.tagLength) {
    throw new FormatError('body iv or tag of a wrong length')
  }
}
