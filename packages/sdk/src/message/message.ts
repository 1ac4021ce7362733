import { concatBytes } from '../bytes/concat.js'
import { DerReader, encodeOctetString, encodeOctetStringHead, encodeSequenceHead } from '../bytes/der.js'
import { assertBodyLengths, type AlgorithmSuite } from '../crypto/algorithm.js'
import type { EncryptedBody } from '../crypto/engine.js'
import { FormatError } from '../errors.js'
import { encodeHeader, readHeader, type HeaderLimits, type MessageHeader } from './header.js'

/** A whole message (form 1): `SEQUENCE { header, SEQUENCE { iv, ciphertext, tag } }`, in DER. */
export interface Message {
  readonly header: MessageHeader
  readonly body: EncryptedBody
}

/** Bytes of the parts of a body. */
export type BodyLengths = Readonly<Record<keyof EncryptedBody, number>>

/** An encoded message whose body is still to be filled in: `body` are views of `bytes`. */
export interface MessageFrame {
  readonly bytes: Uint8Array
  readonly body: EncryptedBody
}

/**
 * A message with room for its body, so that a large one is encrypted into its place.
 *
 * @param header Without one: a body alone.
 */
export function frameMessage(
  header: MessageHeader | undefined,
  { iv, ciphertext, authTag }: BodyLengths,
): MessageFrame {
  const { before, after } = surroundCiphertext(header, new Uint8Array(iv), ciphertext, new Uint8Array(authTag))
  const bytes = new Uint8Array(before.length + ciphertext + after.length)
  bytes.set(before)
  bytes.set(after, before.length + ciphertext)
  const ivEnd = before.length - encodeOctetStringHead(ciphertext).length
  return {
    bytes,
    body: {
      iv: bytes.subarray(ivEnd - iv, ivEnd),
      ciphertext: bytes.subarray(before.length, before.length + ciphertext),
      authTag: bytes.subarray(bytes.length - authTag),
    },
  }
}

/**
 * All of a message but its ciphertext.
 *
 * @param header Without one: a body alone.
 * @throws FormatError `LimitExceeded` for a ciphertext that is too long for a message: 4 GiB.
 */
export function surroundCiphertext(
  header: MessageHeader | undefined,
  iv: Uint8Array,
  ciphertextLength: number,
  authTag: Uint8Array,
): { readonly before: Uint8Array; readonly after: Uint8Array } {
  const bodyStart = concatBytes(encodeOctetString(iv), encodeOctetStringHead(ciphertextLength))
  const after = encodeOctetString(authTag)
  const bodyHead = encodeSequenceHead(bodyStart.length + ciphertextLength + after.length)
  if (!header) return { before: concatBytes(bodyHead, bodyStart), after }
  const encodedHeader = encodeHeader(header)
  const bodyLength = bodyHead.length + bodyStart.length + ciphertextLength + after.length
  return {
    before: concatBytes(encodeSequenceHead(encodedHeader.length + bodyLength), encodedHeader, bodyHead, bodyStart),
    after,
  }
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
