// Bytes and texts, as the conformance cases have them, in Node and in a page.

/** @param {string} text In base64. */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = ''
  for (let start = 0; start < bytes.length; start += 8192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8192))
  return btoa(text)
}

/** @param {string} text In hexadecimal. */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16))
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

/** @param {string} text A byte each character. */
export function fromLatin1(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** @param {number} length */
export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length))
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function areEqual(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** All bytes of a stream, one behind the other.
 * @param {AsyncIterable<Uint8Array>} pieces
 */
export async function collect(pieces) {
  /** @type {Uint8Array[]} */
  const taken = []
  for await (const piece of pieces) taken.push(piece)
  const joined = new Uint8Array(taken.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of taken) {
    joined.set(piece, offset)
    offset += piece.length
  }
  return joined
}

/** The bytes as one piece.
 * @param {Uint8Array} bytes
 * @returns {AsyncGenerator<Uint8Array>}
 */
export async function* inOnePiece(bytes) {
  yield bytes
}

/** What comes out of a pair of web streams when some bytes go in.
 * @param {{ readonly writable: WritableStream<Uint8Array>, readonly readable: ReadableStream<Uint8Array> }} pair
 * @param {Uint8Array} bytes
 */
export async function passThrough({ writable, readable }, bytes) {
  const source = new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes)
      controller.close()
    },
  })
  // What fails, fails for whoever reads.
  source.pipeTo(writable).catch(() => undefined)
  return collect(readable)
}
