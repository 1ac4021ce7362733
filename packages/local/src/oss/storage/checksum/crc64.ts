/** CRC-64/XZ (ECMA-182, reflected), the checksum that OSS gives as `x-oss-hash-crc64ecma`. */
const POLYNOMIAL = 0xc96c5795d7870f42n
const TOP_BIT = 1n << 63n

/** Product of two polynomials modulo the CRC's, both with x^0 in the top bit. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n
  for (let bit = TOP_BIT; bit !== 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= b
    b = (b & 1n) === 0n ? b >> 1n : (b >> 1n) ^ POLYNOMIAL
  }
  return product
}

/** x^(2^k) for k = 0, 1, ...; grown as needed. */
const powers: bigint[] = [TOP_BIT >> 1n]

function powerOfTwoPower(k: number): bigint {
  for (let last = powers.at(-1); powers.length <= k && last !== undefined; last = powers.at(-1)) {
    powers.push(multiply(last, last))
  }
  return powers[k] ?? 0n
}

/** x^(8 * length): what appending `length` zero bytes does to a CRC. */
function shiftBy(length: number): bigint {
  let shift = TOP_BIT
  for (let left = length, k = 3; left > 0; left = Math.floor(left / 2), k += 1) {
    if (left % 2 === 1) shift = multiply(powerOfTwoPower(k), shift)
  }
  return shift
}

/** The CRC of the concatenation of pieces, each given by its own CRC and length in bytes. */
export function combineCrc64(pieces: Iterable<{ readonly crc64: bigint; readonly length: number }>): bigint {
  const shifts = new Map<number, bigint>()
  let combined = 0n
  for (const { crc64, length } of pieces) {
    let shift = shifts.get(length)
    if (shift === undefined) {
      shift = shiftBy(length)
      shifts.set(length, shift)
    }
    combined = multiply(shift, combined) ^ crc64
  }
  return combined
}
