import { ByteSource } from '../bytes/byte-source.js'
import { concatBytes } from '../bytes/concat.js'
import { encodeOctetString, encodeSequence, takeOctetStringHead, takeSequenceHead } from '../bytes/der.js'
import { compareBytes } from '../bytes/order.js'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { FormatError, IntegrityError } from '../errors.js'
import { decodeHeader, maxHeaderLength, type HeaderLimits, type MessageHeader } from './header.js'
import { FORM_LENGTH, messageForm, type MessageForm } from './message-form.js'
import { surroundCiphertext } from './message.js'
import { encodeStreamHeader, encodeStreamIv, readStreamHeader, readStreamIv } from './stream-message.js'

// What stands before and behind the ciphertext of a message (form 1) or a stream (form 2), for who does not have, or want, all of it in memory.

/** What stands before the ciphertext. Nothing of it is verified. */
export interface MessageStart {
  readonly form: MessageForm
  readonly header: MessageHeader
  readonly iv: Uint8Array
  /** Bytes before the ciphertext. */
  readonly length: number
  /** Bytes of ciphertext; undefined in a stream, whose end says it. */
  readonly ciphertextLength: number | undefined
}

/**
 * Reads what stands before the ciphertext. Every length is checked before as many bytes are waited for. Nothing of it is verified yet.
 *
 * @returns undefined where neither a message nor a stream begins like that.
 * @throws FormatError for anything but the one encoding of that, within the limits.
 */
export async function readMessageStart(
  bytes: AsyncIterable<Uint8Array>,
  limits: HeaderLimits,
): Promise<MessageStart | undefined> {
  const all = new ByteSource(bytes)
  try {
    const first = await all.takeUpTo(FORM_LENGTH)
    const form = messageForm(first)
    if (form === undefined) return undefined
    const again = async function* () {
      yield first
      yield* all.rest()
    }
    return await (form === 'message' ? readDerStart : readStreamStart)(again(), limits)
  } finally {
    await all.close()
  }
}

async function readStreamStart(bytes: AsyncIterable<Uint8Array>, limits: HeaderLimits): Promise<MessageStart> {
  let length = 0
  const source = new ByteSource(bytes, (taken) => (length += taken))
  const header = await readStreamHeader(source, limits)
  const iv = await readStreamIv(source, header.algorithm)
  return { form: 'stream', header, iv, length, ciphertextLength: undefined }
}

async function readDerStart(bytes: AsyncIterable<Uint8Array>, limits: HeaderLimits): Promise<MessageStart> {
  let length = 0
  const source = new ByteSource(bytes, (taken) => (length += taken))
  /** How far the element reaches whose head has just been read. */
  const endOf = ({ contentLength }: { readonly contentLength: number }) => length + contentLength
  const end = endOf(await takeSequenceHead(source))
  const header = await takeHeader(source, limits)
  const { algorithm } = header
  if (algorithm.mode === 'FLOE') throw new FormatError('FLOE is not used in messages', 'UnsupportedAlgorithm')
  const bodyEnd = endOf(await takeSequenceHead(source))
  const { contentLength: ivLength } = await takeOctetStringHead(source)
  if (ivLength !== algorithm.ivLength) throw new FormatError('body iv or tag of a wrong length')
  const iv = await source.take(ivLength)
  const { contentLength: ciphertextLength } = await takeOctetStringHead(source)
  const ends = length + ciphertextLength + tailLength('message', algorithm)
  if (ends !== bodyEnd || ends !== end) throw new FormatError('DER elements that do not end with what they are in')
  return { form: 'message', header, iv, length, ciphertextLength }
}

async function takeHeader(source: ByteSource, limits: HeaderLimits): Promise<MessageHeader> {
  const { contentLength } = await takeSequenceHead(source)
  if (contentLength > maxHeaderLength(limits)) throw new FormatError('a header over its limits', 'LimitExceeded')
  const content = await source.take(contentLength)
  return decodeHeader(encodeSequence(content), limits)
}

/** Bytes behind the ciphertext. */
export function tailLength(form: MessageForm, { tagLength }: AlgorithmSuite): number {
  return encodeTail(form, new Uint8Array(tagLength)).length
}

/**
 * The tag that stands behind the ciphertext.
 *
 * @param tail As many bytes as {@link tailLength} says.
 * @throws IntegrityError for other bytes: it is read when KMS has been asked already.
 */
export function decodeTail(form: MessageForm, { tagLength }: AlgorithmSuite, tail: Uint8Array): Uint8Array {
  const authTag = tail.subarray(tail.length - tagLength)
  if (compareBytes(encodeTail(form, authTag), tail) !== 0) throw new IntegrityError()
  return authTag
}

function encodeTail(form: MessageForm, authTag: Uint8Array): Uint8Array {
  return form === 'message' ? encodeOctetString(authTag) : authTag
}

/**
 * All of a message or a stream but its ciphertext.
 *
 * @throws FormatError `LimitExceeded` for a ciphertext that is too long for a message.
 */
export function encodeMessageEnds(
  form: MessageForm,
  header: MessageHeader,
  { iv, ciphertextLength, authTag }: { iv: Uint8Array; ciphertextLength: number; authTag: Uint8Array },
): { readonly before: Uint8Array; readonly after: Uint8Array } {
  if (form === 'message') return surroundCiphertext(header, iv, ciphertextLength, authTag)
  return { before: concatBytes(encodeStreamHeader(header), encodeStreamIv(iv)), after: authTag }
}
