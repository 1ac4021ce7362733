import { expect, test } from 'vitest'
import { assertPartLength, growingPartLength, MAX_PARTS, partLengthFor } from '../../src/transfer/part-plan.js'
import { rejection } from '../support/rejection.js'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const LARGEST = 10_000 * 5 * GIB

test('objects of known length fit in 10000 parts, each of which OSS takes', () => {
  const lengths = [1, MIB, 78 * GIB, 80 * GIB, 1024 * GIB, 48.8e12, LARGEST - 1, LARGEST]
  for (const length of lengths.flatMap((n) => [n, n + 1]).filter((n) => n <= LARGEST)) {
    for (const wanted of [undefined, 100 * 1024, 8 * MIB, 5 * GIB]) {
      const partLength = partLengthFor(length, wanted)
      expect(() => assertPartLength(partLength)).not.toThrow()
      expect(partLength).toBeGreaterThanOrEqual(wanted ?? 8 * MIB)
      expect(Math.ceil(length / partLength)).toBeLessThanOrEqual(MAX_PARTS)
    }
  }
  expect(partLengthFor(8 * MIB * 10_000)).toBe(8 * MIB)
  expect(partLengthFor(8 * MIB * 10_000 + 1)).toBe(9 * MIB)
})

test('a longer object is refused', async () => {
  const error = await rejection(Promise.resolve().then(() => partLengthFor(LARGEST + 1)))
  expect(error.code).toBe('LimitExceeded')
})

test('parts of a stream grow, and 10000 hold 48.8 TB', () => {
  let length = 0
  let last = 0
  for (let number = 1; number <= MAX_PARTS; number += 1) {
    const partLength = growingPartLength(number)
    expect(partLength).toBeGreaterThanOrEqual(last)
    expect(() => assertPartLength(partLength)).not.toThrow()
    length += partLength
    last = partLength
  }
  expect(length).toBeGreaterThanOrEqual(48.8e12)
  expect(growingPartLength(80)).toBe(4 * MIB)
  expect(growingPartLength(81)).toBe(8 * MIB)
})
