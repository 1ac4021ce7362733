import { createHash } from 'node:crypto'
import { createCRC64 } from 'hash-wasm'
import { expect, test } from 'vitest'
import { createBodyHasher } from '../../src/oss/storage/checksum/body-digest.js'
import { combineCrc64 } from '../../src/oss/storage/checksum/crc64.js'
import { compareUtf8 } from '../../src/oss/storage/utf8-order.js'
import { someBytes } from './target.js'

async function crcOf(bytes: Uint8Array): Promise<bigint> {
  return BigInt(`0x${(await createCRC64()).init().update(bytes).digest('hex')}`)
}

test('is CRC-64/XZ', async () => {
  const hasher = await createBodyHasher()
  for (const piece of ['1234', '', '56789']) await hasher.update(Buffer.from(piece))
  const { crc64, length, md5 } = await hasher.digest()
  expect([crc64, length]).toEqual([0x995dc9bbdf1939fan, 9])
  expect(md5.toString('hex')).toBe('25f9e794323b453885f5181f1b624d0b')
})

test('does not mix bodies that are hashed at once', async () => {
  const bodies = [1, 2, 3].map((seed) => someBytes(10_000, seed))
  const hashers = await Promise.all(bodies.map(() => createBodyHasher()))
  for (let at = 0; at < 10_000; at += 1000) {
    for (const [index, body] of bodies.entries()) await hashers[index]!.update(body.subarray(at, at + 1000))
  }
  expect((await Promise.all(hashers.map((hasher) => hasher.digest()))).map(({ crc64 }) => crc64)).toEqual(
    await Promise.all(bodies.map(crcOf)),
  )
})

test('hashes large bodies in another thread, several at once', async () => {
  const lengths = [1_048_576, 1_048_577, 1_310_720, 5_000_000, 9_999_999]
  const digests = await Promise.all(
    lengths.map(async (length) => {
      const body = someBytes(length, length)
      const hasher = await createBodyHasher()
      for (let at = 0; at < length; at += 70_000) await hasher.update(body.subarray(at, at + 70_000))
      const { md5, crc64 } = await hasher.digest()
      expect(md5.toString('hex')).toBe(createHash('md5').update(body).digest('hex'))
      return crc64 === (await crcOf(body))
    }),
  )
  expect(digests).toEqual([true, true, true, true, true])
  const abandoned = await createBodyHasher()
  await abandoned.update(someBytes(2_000_000))
  await abandoned.discard()
})

test.each([
  [[0]],
  [[1]],
  [[0, 0, 5]],
  [[5, 0, 0]],
  [[1, 2, 3, 4, 5]],
  [[1000, 1000, 1000, 7]],
  [[65_536, 1, 100_000, 33]],
])('combines the CRCs of pieces of %j bytes', async (lengths) => {
  const pieces = lengths.map((length, index) => someBytes(length, index + 1))
  const crcs = await Promise.all(pieces.map(async (piece) => ({ crc64: await crcOf(piece), length: piece.length })))
  expect(combineCrc64(crcs)).toBe(await crcOf(Buffer.concat(pieces)))
})

test('combines lengths that no buffer has', () => {
  // A body of zeros is the same whichever way it is cut.
  const piece = { crc64: 0x1234567890abcdefn, length: 5 * 1024 ** 3 }
  const once = combineCrc64([piece, { crc64: 0n, length: 2 ** 41 }])
  const thrice = combineCrc64([piece, { crc64: 0n, length: 2 ** 40 }, { crc64: 0n, length: 2 ** 40 }])
  expect(thrice).toBe(once)
})

test('orders texts as their UTF-8 bytes', () => {
  const texts = ['', 'a', 'a\u0000', 'aa', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '😀a', '\u{10ffff}']
  for (const a of texts) {
    for (const b of texts) {
      expect(Math.sign(compareUtf8(a, b)), `${a} ${b}`).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }
  }
})
