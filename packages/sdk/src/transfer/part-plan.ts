import { OsscryptError } from '../errors.js'

/** The most parts of an upload. */
export const MAX_PARTS = 10_000

/** Parts of this length unless the object needs longer ones. */
const DEFAULT_PART_LENGTH = 8 * 1024 * 1024

/** Parts of a stream are held until they are sent, several at a time: the first ones are short. */
const FIRST_HELD_PART_LENGTH = 4 * 1024 * 1024

/** OSS takes no shorter parts but as the last. */
const MIN_PART_LENGTH = 100 * 1024

/** OSS takes no longer parts. */
export const MAX_PART_LENGTH = 5 * 1024 ** 3

/** Parts that have to be longer than is wanted are whole multiples of this. */
const STEP_LENGTH = 1024 * 1024

/** Whether OSS takes parts of this length. */
export function isPartLength(length: unknown): boolean {
  return Number.isSafeInteger(length) && Number(length) >= MIN_PART_LENGTH && Number(length) <= MAX_PART_LENGTH
}

/**
 * Asserts that OSS takes parts of this length.
 *
 * @throws RangeError.
 */
export function assertPartLength(partLength: number): void {
  if (!isPartLength(partLength)) {
    throw new RangeError(`a part is from ${String(MIN_PART_LENGTH)} to ${String(MAX_PART_LENGTH)} bytes long`)
  }
}

/** More parts on their way at once help nobody. */
const MAX_PARALLEL = 64

/**
 * Asserts that so many parts may be on their way at once.
 *
 * @throws RangeError.
 */
export function assertParallel(parallel: number): void {
  if (!(Number.isSafeInteger(parallel) && parallel >= 1 && parallel <= MAX_PARALLEL)) {
    throw new RangeError(`parallel: from 1 to ${String(MAX_PARALLEL)} parts at a time`)
  }
}

/**
 * The part length for an object of known length: what is wanted, and more where that would make too many parts.
 *
 * @throws OsscryptError `LimitExceeded` for what OSS does not take as one object.
 */
export function partLengthFor(length: number, wanted = DEFAULT_PART_LENGTH): number {
  if (length > MAX_PARTS * MAX_PART_LENGTH) {
    throw new OsscryptError('LimitExceeded', 'OSS takes objects of at most 48.8 TiB: 10000 parts of 5 GiB')
  }
  return wanted * MAX_PARTS >= length ? wanted : Math.ceil(length / MAX_PARTS / STEP_LENGTH) * STEP_LENGTH
}

/**
 * The length of part `number` of an object whose length nobody knows. It doubles every eighty parts, so that short streams are cut fine, and
 * 10000 parts hold what OSS takes as one object.
 */
export function growingPartLength(number: number, wanted = FIRST_HELD_PART_LENGTH): number {
  return Math.min(MAX_PART_LENGTH, wanted * 2 ** Math.floor((number - 1) / 80))
}
