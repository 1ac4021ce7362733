/** Whether a header's value goes through every HTTP client as it is. */
export function isPlainHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(value)
}

/**
 * A header's value, of which HTTP clients give each byte as one character, as text: UTF-8 where its bytes are that, else what was given.
 */
export function decodeHeaderText(value: string): string {
  return utf8TextOf(value) ?? value
}

/** The text whose UTF-8 bytes are the characters of a header's value; null when they are of no text. */
export function utf8TextOf(value: string): string | null {
  if (isPlainHeaderValue(value)) return value
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(value, (character) => character.charCodeAt(0)),
    )
  } catch {
    return null
  }
}

/** {@link utf8TextOf} the other way round. */
export function headerValueOf(text: string): string {
  return isPlainHeaderValue(text) ? text : String.fromCharCode(...new TextEncoder().encode(text))
}
