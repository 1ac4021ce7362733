/** CRC-64/XZ, the one that OSS answers with as `x-oss-hash-crc64ecma`, computed piece by piece. */
export interface Crc64 {
  update(bytes: Uint8Array): void
  /** The value over everything so far, as OSS writes it: an unsigned decimal. More may follow. */
  value(): string
  /** Starts again with nothing. */
  restart(): void
}

/** The checksum's polynomial (ECMA-182), its bits reversed. */
const POLYNOMIAL = 0xc96c5795d7870f42n

/** What a bit becomes, for each of 64. */
type Matrix = readonly bigint[]

const identity: Matrix = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit))

/**
 * Computes the checksum of two byte strings in a row, from the checksums of both and the length of the second. Checksums are linear: what the
 * first becomes by so many zero bytes is added to the second. What a length does is kept, as parts are mostly of one length.
 */
export function createCrc64Combiner(): (first: string, second: string, secondLength: number) => string {
  const known = new Map<number, Matrix>()
  return (first, second, secondLength) => {
    const zeros = known.get(secondLength) ?? zeroBytes(secondLength)
    known.set(secondLength, zeros)
    return (multiply(zeros, BigInt(first)) ^ BigInt(second)).toString()
  }
}

/** What a checksum becomes by `length` zero bytes. */
function zeroBytes(length: number): Matrix {
  let result: Matrix = identity
  // One zero bit, then squared: 2, 4, 8 bits; from there on, each power of two of bytes that the length has.
  let zeros: Matrix = [POLYNOMIAL, ...identity.slice(0, 63)]
  for (let doubling = 0; doubling < 3; doubling += 1) zeros = compose(zeros, zeros)
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = compose(zeros, result)
    zeros = compose(zeros, zeros)
  }
  return result
}

function multiply(matrix: Matrix, vector: bigint): bigint {
  let product = 0n
  for (let bit = 0, rest = vector; rest > 0n; bit += 1, rest >>= 1n) if (rest & 1n) product ^= matrix[bit] ?? 0n
  return product
}

/** First `right`, then `left`. */
function compose(left: Matrix, right: Matrix): Matrix {
  return right.map((column) => multiply(left, column))
}
