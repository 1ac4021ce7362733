import { FormatError } from '../errors.js'
import { allocateSecret } from './secret-bytes.js'

// Padded standard base64 (RFC 4648, section 4). The ways there and back for secrets leave no copy behind: neither a text, which cannot be
// erased, nor bytes in the pool that Node's Buffer decodes into and any other buffer of the process shares.

/** As much of Node's Buffer as is used: it takes a tenth of the time that `btoa` takes there. */
interface BufferClass {
  from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string }
}

const { Buffer: NodeBuffer } = globalThis as { Buffer?: BufferClass }

const ALPHABET = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', codeOf)
const PADDING = codeOf('=')
const NO_DIGIT = 64

/** What each character counts for; those above ASCII stand at 255. */
const DIGITS = new Uint8Array(256).fill(NO_DIGIT)
ALPHABET.forEach((code, digit) => (DIGITS[code] = digit))

/** Encodes bytes that are no secret. */
export function encodeBase64(bytes: Uint8Array): string {
  if (NodeBuffer) return NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  let binary = ''
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192))
  }
  return btoa(binary)
}

/** Encodes bytes, secret or not, as the bytes of the text (ASCII): a new array, which whoever has it can overwrite. */
export function encodeBase64Bytes(bytes: Uint8Array): Uint8Array {
  const text = allocateSecret(Math.ceil(bytes.length / 3) * 4).fill(PADDING)
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const first = bytes[from] ?? 0
    const second = bytes[from + 1]
    const third = bytes[from + 2]
    text[to] = letter(first >> 2)
    text[to + 1] = letter(((first & 3) << 4) | ((second ?? 0) >> 4))
    if (second !== undefined) text[to + 2] = letter(((second & 15) << 2) | ((third ?? 0) >> 6))
    if (third !== undefined) text[to + 3] = letter(third & 63)
  }
  return text
}

/**
 * Decodes the text, or the bytes of the text, into a new array; nothing else holds a byte of it. Only the canonical text of some bytes is
 * accepted: no white space, no missing padding, no stray bits.
 *
 * @throws {@link FormatError} `InvalidFormat` for any other text.
 */
export function decodeBase64(text: string | Uint8Array): Uint8Array {
  if (typeof text !== 'string') return decodeAscii(text)
  const ascii = allocateSecret(text.length)
  for (let index = 0; index < text.length; index += 1) ascii[index] = Math.min(text.charCodeAt(index), 255)
  try {
    return decodeAscii(ascii)
  } finally {
    ascii.fill(0)
  }
}

function decodeAscii(text: Uint8Array): Uint8Array {
  const { length } = text
  if (length % 4 !== 0) throw notCanonical()
  const padding = text[length - 1] !== PADDING ? 0 : text[length - 2] !== PADDING ? 1 : 2
  const end = length - padding
  const bytes = allocateSecret((length / 4) * 3 - padding)
  let wrong = 0
  for (let from = 0, to = 0; from < length; from += 4, to += 3) {
    const first = digitAt(text, from, end)
    const second = digitAt(text, from + 1, end)
    const third = digitAt(text, from + 2, end)
    const fourth = digitAt(text, from + 3, end)
    wrong |= first | second | third | fourth
    const group = (first << 18) | (second << 12) | (third << 6) | fourth
    bytes[to] = group >> 16
    bytes[to + 1] = group >> 8
    bytes[to + 2] = group
    // Bits that no byte takes are zeros.
    if (to + 3 > bytes.length && (group & (padding === 2 ? 0xffff : 0xff)) !== 0) wrong |= NO_DIGIT
  }
  if ((wrong & NO_DIGIT) === 0) return bytes
  bytes.fill(0)
  throw notCanonical()
}

function digitAt(text: Uint8Array, index: number, end: number): number {
  return index < end ? (DIGITS[text[index] ?? 0] ?? NO_DIGIT) : 0
}

function notCanonical(): FormatError {
  return new FormatError('not canonical base64')
}

function letter(digit: number): number {
  return ALPHABET[digit] ?? PADDING
}

function codeOf(character: string): number {
  return character.charCodeAt(0)
}
