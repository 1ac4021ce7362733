import { FormatError } from '../errors.js'

/** Encodes bytes as padded standard base64 (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192))
  }
  return btoa(binary)
}

/**
 * Decodes padded standard base64. Only the canonical text of some bytes is accepted: no white space, no missing padding, no stray bits.
 *
 * @throws {@link FormatError} `InvalidFormat` for any other text.
 */
export function decodeBase64(text: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text)
  } catch {
    throw new FormatError('not base64')
  }
  if (btoa(binary) !== text) throw new FormatError('not canonical base64')
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}
