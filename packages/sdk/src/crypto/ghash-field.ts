// The field of GHASH, GF(2^128), in GCM's order of bits (NIST SP 800-38D, section 6.3): an element's first bit is the coefficient of x^0.

/** An element: 128 bits as four words, the first bit on top of the first word. */
export type Element = readonly [number, number, number, number]

export const ZERO: Element = [0, 0, 0, 0]

/** The number one: x^0. */
const ONE: Element = [0x80000000, 0, 0, 0]

const BLOCK_LENGTH = 16

/** An element of the 16 bytes from `offset` on; bytes that are not there are zero. */
export function decodeElement(bytes: Uint8Array, offset = 0): Element {
  const word = (at: number) => {
    const byte = (index: number) => bytes[at + index] ?? 0
    return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0
  }
  return [word(offset), word(offset + 4), word(offset + 8), word(offset + 12)]
}

export function encodeElement(element: Element): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK_LENGTH)
  const view = new DataView(bytes.buffer)
  element.forEach((word, index) => {
    view.setUint32(index * 4, word)
  })
  return bytes
}

export function add(left: Element, right: Element): Element {
  return [
    (left[0] ^ right[0]) >>> 0,
    (left[1] ^ right[1]) >>> 0,
    (left[2] ^ right[2]) >>> 0,
    (left[3] ^ right[3]) >>> 0,
  ]
}

/** The block that ends a GHASH: lengths of additional data and of ciphertext in bits, of 64 each (section 7.1, step 5). */
export function lengthBlock(aadLength: number, ciphertextLength: number): Element {
  const high = (length: number) => Math.floor(length / 2 ** 29)
  const low = (length: number) => (length * 8) >>> 0
  return [high(aadLength), low(aadLength % 2 ** 29), high(ciphertextLength), low(ciphertextLength % 2 ** 29)]
}

function timesX([a, b, c, d]: Element): Element {
  const reduction = d & 1 ? 0xe1000000 : 0
  return [
    ((a >>> 1) ^ reduction) >>> 0,
    ((b >>> 1) | (a << 31)) >>> 0,
    ((c >>> 1) | (b << 31)) >>> 0,
    ((d >>> 1) | (c << 31)) >>> 0,
  ]
}

/** What the four bits that a shift by four pushes out become: the top word of the result. */
const reductions: readonly number[] = Array.from({ length: 16 }, (_, bits) => {
  let element: Element = [0, 0, 0, bits]
  for (let count = 0; count < 4; count += 1) element = timesX(element)
  return element[0]
})

/** Multiplies by one element, from a table of its products with all four-bit polynomials (V. Shoup's method). */
export type Multiplier = (element: Element) => Element

export function multiplier(factor: Element): Multiplier {
  // table[bits] for the polynomial whose x^0 is the top bit of the four.
  const table = new Uint32Array(16 * 4)
  let power = factor
  for (let bit = 8; bit > 0; bit >>= 1, power = timesX(power)) table.set(power, bit * 4)
  for (let bits = 1; bits < 16; bits += 1) {
    const lowest = bits & -bits
    if (lowest === bits) continue
    for (let word = 0; word < 4; word += 1) {
      table[bits * 4 + word] = (table[lowest * 4 + word] ?? 0) ^ (table[(bits ^ lowest) * 4 + word] ?? 0)
    }
  }
  return (element) => {
    let [a, b, c, d]: Element = ZERO
    // From the highest powers down, four at a time.
    for (let index = 3; index >= 0; index -= 1) {
      const word = element[index] ?? 0
      for (let shift = 0; shift < 32; shift += 4) {
        const reduction = reductions[d & 15] ?? 0
        d = (d >>> 4) | (c << 28)
        c = (c >>> 4) | (b << 28)
        b = (b >>> 4) | (a << 28)
        a = (a >>> 4) ^ reduction
        const entry = ((word >>> shift) & 15) * 4
        a ^= table[entry] ?? 0
        b ^= table[entry + 1] ?? 0
        c ^= table[entry + 2] ?? 0
        d ^= table[entry + 3] ?? 0
      }
    }
    return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
  }
}

function multiply(left: Element, right: Element): Element {
  return multiplier(left)(right)
}

/** The element's inverse, element^(2^128 - 2). There is none for zero. */
export function invert(element: Element): Element {
  let result = ONE
  let square = element
  for (let bit = 1; bit < 128; bit += 1) {
    square = multiply(square, square)
    result = multiply(result, square)
  }
  return result
}

/** Raises one element to powers; what that takes is kept. */
export function powers(base: Element): (exponent: number) => Element {
  const squares = [base]
  const multipliers: Multiplier[] = []
  const known = new Map<number, Element>()
  return (exponent) => {
    const before = known.get(exponent)
    if (before) return before
    let result = ONE
    for (let rest = exponent, bit = 0; rest > 0; rest = Math.floor(rest / 2), bit += 1) {
      const last = squares[bit] ?? ONE
      squares[bit + 1] ??= multiply(last, last)
      if (rest % 2 === 1) result = (multipliers[bit] ??= multiplier(last))(result)
    }
    // A handful of the usual lengths, and not the positions of all parts.
    if (known.size < 64) known.set(exponent, result)
    return result
  }
}

/** GHASH's polynomial of whole and padded blocks, before the length block: the last one times the key, the one before times its square. */
export function polynomialOf(byKey: Multiplier, bytes: Uint8Array): Element {
  let sum = ZERO
  for (let offset = 0; offset < bytes.length; offset += BLOCK_LENGTH) {
    sum = byKey(add(sum, decodeElement(bytes, offset)))
  }
  return sum
}
