/**
 * What a terminal obeys, or shows in another place than it stands: controls (C0, C1), line and paragraph separators, marks of direction, halves of
 * characters.
 */
// eslint-disable-next-line no-control-regex -- these are the characters meant
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Surrogate}]/gu

/** Text in which a terminal finds nothing to obey: object keys, file names and what services answer may hold anything. In JSON, it means the same. */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
