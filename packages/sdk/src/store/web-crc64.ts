import type { Crc64 } from './crc64.js'

// Eight bytes at a time, from tables (M. E. Kounavis and F. L. Berry, "A systematic approach to building high performance, software-based, CRC
// generators"), in two halves of 32 bits. WebAssembly is faster by half, and is not to be had where a page's Content-Security-Policy, or a runtime at the
// edge, compiles none.

const WIDTH = 8

/** The checksum's polynomial (ECMA-182), its bits reversed, in its two halves. */
const POLYNOMIAL_HIGH = 0xc96c5795
const POLYNOMIAL_LOW = 0xd7870f42

/** What a byte becomes by 0 to 7 zero bytes behind it: 256 entries each. */
const high = new Int32Array(256 * WIDTH)
const low = new Int32Array(256 * WIDTH)

for (let byte = 0; byte < 256; byte += 1) {
  let [h, l] = [0, byte]
  for (let bit = 0; bit < 8; bit += 1) {
    const mask = -(l & 1)
    l = ((l >>> 1) | (h << 31)) ^ (POLYNOMIAL_LOW & mask)
    h = (h >>> 1) ^ (POLYNOMIAL_HIGH & mask)
  }
  high[byte] = h
  low[byte] = l
}
for (let index = 256; index < 256 * WIDTH; index += 1) {
  const [h, l] = [high[index - 256] ?? 0, low[index - 256] ?? 0]
  high[index] = (h >>> 8) ^ (high[l & 255] ?? 0)
  low[index] = ((l >>> 8) | (h << 24)) ^ (low[l & 255] ?? 0)
}

/** Starts a checksum. */
export function startCrc64(): Promise<Crc64> {
  let [h, l] = [-1, -1]
  const takeByte = (byte: number) => {
    const index = (l ^ byte) & 255
    l = ((l >>> 8) | (h << 24)) ^ (low[index] ?? 0)
    h = (h >>> 8) ^ (high[index] ?? 0)
  }
  return Promise.resolve({
    update: (bytes) => {
      const words = wholeWords(bytes)
      for (const byte of bytes.subarray(0, words.start)) takeByte(byte)
      ;[h, l] = takeWords(words.at, h, l)
      for (const byte of bytes.subarray(words.start + words.at.byteLength)) takeByte(byte)
    },
    value: () => ((BigInt(~h >>> 0) << 32n) | BigInt(~l >>> 0)).toString(),
    restart: () => {
      h = -1
      l = -1
    },
  })
}

/** The part of some bytes that can be read as an even number of words of 32 bits, and where it starts. */
function wholeWords({ buffer, byteOffset, length }: Uint8Array): { readonly start: number; readonly at: Int32Array } {
  const start = Math.min(-byteOffset & 3, length)
  const count = ((length - start) >> 3) << 1
  // Without any, the place may be none where a word can start.
  return { start, at: count === 0 ? new Int32Array(0) : new Int32Array(buffer, byteOffset + start, count) }
}

/** The words are read in the order of bytes that every platform of JavaScript's has: the lowest first. */
function takeWords(words: Int32Array, startHigh: number, startLow: number): [high: number, low: number] {
  let [h, l] = [startHigh, startLow]
  for (let index = 0; index < words.length; index += 2) {
    const first = l ^ (words[index] ?? 0)
    const second = h ^ (words[index + 1] ?? 0)
    const at7 = 0x700 | (first & 255)
    const at6 = 0x600 | ((first >>> 8) & 255)
    const at5 = 0x500 | ((first >>> 16) & 255)
    const at4 = 0x400 | (first >>> 24)
    const at3 = 0x300 | (second & 255)
    const at2 = 0x200 | ((second >>> 8) & 255)
    const at1 = 0x100 | ((second >>> 16) & 255)
    const at0 = second >>> 24
    h = fold(high, at0, at1, at2, at3, at4, at5, at6, at7)
    l = fold(low, at0, at1, at2, at3, at4, at5, at6, at7)
  }
  return [h, l]
}

function fold(
  table: Int32Array,
  at0: number,
  at1: number,
  at2: number,
  at3: number,
  at4: number,
  at5: number,
  at6: number,
  at7: number,
): number {
  return (
    (table[at0] ?? 0) ^
    (table[at1] ?? 0) ^
    (table[at2] ?? 0) ^
    (table[at3] ?? 0) ^
    (table[at4] ?? 0) ^
    (table[at5] ?? 0) ^
    (table[at6] ?? 0) ^
    (table[at7] ?? 0)
  )
}
