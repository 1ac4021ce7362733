/** What is behind the last slash of a key. */
export function baseName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** Controls, separators of lines, halves of characters, and marks of direction, by which the end of a name is shown as its middle. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}\ufeff]/gu

/** A name as it is shown: whoever can write to a bucket names objects, and what cannot be seen of a name stands there by its number. */
export function shownName(name: string): string {
  return name.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
