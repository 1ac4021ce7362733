import { FormatError } from '../errors.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const loneSurrogate = /\p{Surrogate}/u

/**
 * Encodes text as UTF-8.
 *
 * @throws TypeError when the text holds a lone surrogate: it has no UTF-8 form, and replacing it would let two texts collide.
 */
export function encodeUtf8(text: string): Uint8Array {
  if (loneSurrogate.test(text)) throw new TypeError('text with a lone surrogate cannot be encoded')
  return encoder.encode(text)
}

/**
 * Decodes UTF-8. A byte order mark is text like any other.
 *
 * @throws {@link FormatError} `InvalidFormat` for anything that is not well-formed UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new FormatError('not well-formed UTF-8')
  }
}
