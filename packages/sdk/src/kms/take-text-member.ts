import { allocateSecret, copySecret } from '../bytes/secret-bytes.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const SPACE = 0x20
const LETTER_U = 0x75
const NO_ASCII = 0xff
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d])

/** What follows a backslash, and what it stands for. */
const ESCAPES = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, character]) => [letter.charCodeAt(0), character.charCodeAt(0)],
  ),
)

/**
 * Takes the text of a member out of a JSON object: where it stood are blanks afterwards, and the text is in an array that nobody else has.
 *
 * Whether it is JSON is for a parser to say, which reads what is left. Of a member that comes twice the last one counts, as for a parser. A
 * name in escapes is not found.
 *
 * @param json Is changed.
 * @returns undefined when there is no such member of the outermost object, or it is no text. What is no ASCII, or no escape, has bytes that are
 *   none either.
 */
export function takeTextMember(json: Uint8Array, name: string): Uint8Array | undefined {
  let taken: Uint8Array | undefined
  let depth = 0
  let index = 0
  while (index < json.length) {
    const byte = json[index] ?? 0
    if (OPENING.has(byte)) depth += 1
    else if (CLOSING.has(byte)) depth -= 1
    else if (byte === QUOTE) {
      const end = endOfText(json, index)
      const value = depth === 1 && isName(json.subarray(index + 1, end), name) ? valueAfter(json, end + 1) : undefined
      index = end
      if (value !== undefined) {
        index = endOfText(json, value)
        const text = json.subarray(value + 1, index)
        taken?.fill(0)
        taken = unescape(text)
        text.fill(SPACE)
      }
    }
    index += 1
  }
  return taken
}

/** Where the quote stands that ends the text which the one at `start` begins. */
function endOfText(json: Uint8Array, start: number): number {
  let index = start + 1
  while (index < json.length && json[index] !== QUOTE) index += json[index] === BACKSLASH ? 2 : 1
  return Math.min(index, json.length)
}

function isName(bytes: Uint8Array, name: string): boolean {
  return bytes.length === name.length && bytes.every((byte, index) => byte === name.charCodeAt(index))
}

/** Where the text begins that is the value of the name before `index`; undefined when it is none, or the text before was no name. */
function valueAfter(json: Uint8Array, index: number): number | undefined {
  const colon = skipBlanks(json, index)
  const value = skipBlanks(json, colon + 1)
  return json[colon] === COLON && json[value] === QUOTE ? value : undefined
}

function skipBlanks(json: Uint8Array, start: number): number {
  let index = start
  while (BLANK.has(json[index] ?? 0)) index += 1
  return index
}

function unescape(text: Uint8Array): Uint8Array {
  const room = allocateSecret(text.length)
  let length = 0
  for (let index = 0; index < text.length; index += 1) {
    let byte = text[index] ?? 0
    if (byte === BACKSLASH) {
      index += 1
      const escaped = text[index] ?? 0
      byte = ESCAPES.get(escaped) ?? NO_ASCII
      if (escaped === LETTER_U) {
        const code = Number(`0x${String.fromCharCode(...text.subarray(index + 1, index + 5))}`)
        byte = code < 0x80 ? code : NO_ASCII
        index += 4
      }
    }
    room[length++] = byte
  }
  const taken = copySecret(room.subarray(0, length))
  room.fill(0)
  return taken
}
