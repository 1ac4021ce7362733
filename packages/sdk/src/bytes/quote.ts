/** As long as any object's name, or any ARN, may be. */
const MAX_QUOTED_LENGTH = 1024

/**
 * What a terminal or a log would obey, join to something else, or not show: controls (C0, C1), formats (bidirectional ones among them),
 * surrogates without a partner, what is not assigned, separators but the space, what fonts leave out, and what the quotes themselves need.
 */
const UNSAFE = /[^ \P{Z}]|[\p{C}\p{Default_Ignorable_Code_Point}"\\]/gu

/**
 * Text of somebody else's, such as a name or an ARN out of an unverified header, as it may stand in messages: in double quotes, with
 * everything escaped that is not plainly visible. What is quoted whole is a JSON string; a longer text ends in `…` after its quotes.
 */
export function quote(text: string): string {
  const shown = text.slice(0, MAX_QUOTED_LENGTH).replace(UNSAFE, escapeCharacter)
  return `"${shown}"${text.length > MAX_QUOTED_LENGTH ? '…' : ''}`
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  let escaped = ''
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return escaped
}
