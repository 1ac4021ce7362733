/** The most parts of an upload. */
export const MAX_PARTS = 10_000

/** Parts of this length unless the object needs longer ones. */
const DEFAULT_PART_LENGTH = 8 * 1024 * 1024

/** OSS takes no shorter parts but as the last. */
const MIN_PART_LENGTH = 100 * 1024

/** OSS takes no longer parts. */
const MAX_PART_LENGTH = 5 * 1024 ** 3

/** Longer parts are whole multiples of this. */
const STEP_LENGTH = 1024 * 1024

/**
 * Asserts that OSS takes parts of this length.
 *
 * @throws RangeError.
 */
export function assertPartLength(partLength: number): void {
  if (!(Number.isSafeInteger(partLength) && partLength >= MIN_PART_LENGTH && partLength <= MAX_PART_LENGTH)) {
    throw new RangeError(`a part is from ${String(MIN_PART_LENGTH)} to ${String(MAX_PART_LENGTH)} bytes long`)
  }
}

/** The part length for an object of known length: what is wanted, and more where that would make too many parts. */
export function partLengthFor(length: number, wanted = DEFAULT_PART_LENGTH): number {
  const needed = Math.ceil(length / MAX_PARTS / STEP_LENGTH) * STEP_LENGTH
  return Math.max(wanted, needed)
}

/**
 * The length of part `number` of an object whose length nobody knows. It doubles every hundred parts, so that short streams are cut fine, and
 * 10000 parts hold what OSS takes as one object.
 */
export function growingPartLength(number: number, wanted = DEFAULT_PART_LENGTH): number {
  return Math.min(MAX_PART_LENGTH, wanted * 2 ** Math.floor((number - 1) / 100))
}
