import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCrc64Combiner } from '../../src/store/crc64.js'
import { startCrc64 as startNodeCrc64 } from '../../src/store/node-crc64.js'
import { startCrc64 as startWebCrc64 } from '../../src/store/web-crc64.js'
import { patternBytes } from '../support/bytes.js'

describe.each([
  ['Node', startNodeCrc64],
  ['elsewhere', startWebCrc64],
] as const)('the checksum in %s', (_platform, startCrc64) => {
  async function crc64(...pieces: Uint8Array[]): Promise<string> {
    const checksum = await startCrc64()
    for (const piece of pieces) checksum.update(piece)
    return checksum.value()
  }

  test('is the one that OSS computes', async () => {
    expect(await crc64(Buffer.from('123456789'))).toBe(BigInt('0x995dc9bbdf1939fa').toString())
    expect(await crc64()).toBe('0')
  })

  test('combined from parts, however it is split, it is that of all', async () => {
    const combine = createCrc64Combiner()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (parts) => {
        let whole = '0'
        for (const part of parts) whole = combine(whole, await crc64(part), part.length)
        expect(whole).toBe(await crc64(...parts))
        expect(whole).toBe(await crc64(Buffer.concat(parts)))
      }),
      { numRuns: 200 },
    )
  })

  test('zeros of any number make the difference that they should', async () => {
    const combine = createCrc64Combiner()
    const start = await crc64(Buffer.from('start'))
    for (const length of [0, 1, 2, 3, 255, 256, 1024 * 1024 - 1, 8 * 1024 * 1024 + 7]) {
      const zeros = Buffer.alloc(length)
      expect(combine(start, await crc64(zeros), length)).toBe(await crc64(Buffer.from('start'), zeros))
    }
  })

  test('of lengths beyond 32 bits it is associative', () => {
    const combine = createCrc64Combiner()
    const five = 5 * 1024 ** 3
    const [a, b, c] = ['123456789012345678', '9876543210987654321', '18446744073709551615'] as const
    expect(combine(combine(a, b, five), c, five)).toBe(combine(a, combine(b, c, five), 2 * five))
    expect(combine('0', a, five)).toBe(a)
  })

  test('goes on after its value was asked for, and starts again', async () => {
    const checksum = await startCrc64()
    checksum.update(Buffer.from('1234'))
    expect(checksum.value()).toBe(await crc64(Buffer.from('1234')))
    checksum.update(Buffer.from('56789'))
    expect(checksum.value()).toBe(await crc64(Buffer.from('123456789')))
    checksum.restart()
    expect(checksum.value()).toBe('0')
  })

  test('checksums that are taken side by side do not mix', async () => {
    const parts = Array.from({ length: 5 }, (_, index) => patternBytes(1000 + index, index + 1))
    const alone = await Promise.all(parts.map((part) => crc64(part)))
    const checksums = await Promise.all(parts.map(() => startCrc64()))
    for (let start = 0; start < 1100; start += 100) {
      for (const [index, checksum] of checksums.entries()) {
        checksum.update(parts[index]!.subarray(start, start + 100))
        if (index === 2) checksum.value()
      }
    }
    expect(checksums.map((checksum) => checksum.value())).toEqual(alone)
    for (const checksum of checksums) checksum.restart()
    checksums[1]!.update(parts[3]!)
    expect(checksums.map((checksum) => checksum.value())).toEqual(['0', alone[3], '0', '0', '0'])
  })

  test('of bytes that start anywhere in their buffer', async () => {
    const bytes = patternBytes(200)
    for (let start = 0; start < 9; start += 1) {
      for (let length = 0; length < 40; length += 1) {
        const piece = bytes.subarray(start, start + length)
        expect(await crc64(piece)).toBe(await crc64(...Array.from(piece, (byte) => Uint8Array.of(byte))))
      }
    }
  })
})

test('both are one', async () => {
  const [node, web] = [await startNodeCrc64(), await startWebCrc64()]
  for (const seed of [1, 2, 3]) {
    const piece = patternBytes(100_003, seed)
    node.update(piece)
    web.update(piece)
    expect(web.value()).toBe(node.value())
  }
})
