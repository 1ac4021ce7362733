import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IntegrityError } from '../../src/errors.js'
import { GcmMessage } from '../../src/crypto/gcm-message.js'

function sealWithNode(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) {
  const cipher = createCipheriv(key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm', key, iv)
  cipher.setAAD(aad)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}

/** Cuts a message at whole blocks, and mixes the parts. */
function cut(length: number, cuts: readonly number[], seed: number): { start: number; end: number }[] {
  const at = [...new Set(cuts.map((each) => (each % (length + 1)) - ((each % (length + 1)) % 16)))]
    .filter((each) => each > 0 && each < length)
    .sort((left, right) => left - right)
  const edges = [0, ...at, length]
  const parts = edges.slice(1).map((end, index) => ({ start: edges[index]!, end }))
  return parts
    .map((part, index) => ({ part, order: ((index + 1) * (seed % 9973 || 1)) % 7919 }))
    .sort((left, right) => left.order - right.order)
    .map(({ part }) => part)
}

const message = fc.record({
  keyLength: fc.constantFrom(16, 32),
  length: fc.oneof(fc.nat(100), fc.nat(70_000), fc.constantFrom(0, 1, 15, 16, 17, 31, 32, 33, 1_048_576, 1_048_581)),
  aadLength: fc.oneof(fc.constantFrom(0, 1, 16), fc.nat(200)),
  cuts: fc.array(fc.nat(1_100_000), { maxLength: 20 }),
  seed: fc.nat(),
})

test('any split, in any order, gives the ciphertext and the tag that node:crypto gives, and back', async () => {
  await fc.assert(
    fc.asyncProperty(message, async ({ keyLength, length, aadLength, cuts, seed }) => {
      const [key, iv, aad, plaintext] = [keyLength, 12, aadLength, length].map((each) => randomBytes(each)) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ]
      const wanted = sealWithNode(key, iv, aad, plaintext)
      const parts = cut(length, cuts, seed)

      const sealing = await GcmMessage.create(key, iv, aad)
      const ciphertext = Buffer.alloc(length)
      await Promise.all(
        parts.map(async ({ start, end }) => {
          ciphertext.set((await sealing.encryptPart(start, plaintext.subarray(start, end)))!, start)
        }),
      )
      expect(ciphertext.equals(wanted.ciphertext)).toBe(true)
      expect(Buffer.from(sealing.tag()).equals(wanted.tag)).toBe(true)

      const opening = await GcmMessage.create(key, iv, aad)
      const opened = Buffer.alloc(length)
      await Promise.all(
        parts.map(async ({ start, end }) => {
          opened.set(await opening.decryptPart(start, ciphertext.subarray(start, end)), start)
        }),
      )
      expect(opened.equals(plaintext)).toBe(true)
      opening.verify(wanted.tag)
    }),
    { numRuns: 150 },
  )
}, 60_000)

describe('what is wrong', () => {
  const key = randomBytes(32)
  const iv = randomBytes(12)
  const aad = randomBytes(20)
  const plaintext = randomBytes(10_000)
  const { ciphertext, tag } = sealWithNode(key, iv, aad, plaintext)

  test('a flipped bit anywhere fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000 * 8 - 1), async (bit) => {
        const changed = Buffer.from(ciphertext)
        changed[bit >> 3]! ^= 1 << (bit & 7)
        const message = await GcmMessage.create(key, iv, aad)
        await message.authenticatePart(4096, changed.subarray(4096))
        await message.authenticatePart(0, changed.subarray(0, 4096))
        expect(() => message.verify(tag)).toThrow('does not authenticate')
      }),
      { numRuns: 100 },
    )
  })

  test('so does another tag, a shorter or longer one, other additional data, another iv, and a part left out', async () => {
    const verify = async (options: { iv?: Buffer; aad?: Buffer; tag?: Buffer; to?: number }) => {
      const message = await GcmMessage.create(key, options.iv ?? iv, options.aad ?? aad)
      await message.authenticatePart(0, ciphertext.subarray(0, options.to))
      message.verify(options.tag ?? tag)
    }
    await verify({})
    const flipped = Buffer.from(tag)
    flipped[15]! ^= 1
    for (const wrong of [
      { tag: flipped },
      { tag: tag.subarray(0, 15) },
      { tag: Buffer.alloc(0) },
      { tag: Buffer.concat([tag, tag]) },
      { aad: Buffer.alloc(0) },
      { iv: randomBytes(12) },
      { to: 9984 },
    ]) {
      await expect(verify(wrong)).rejects.toThrow('does not authenticate')
    }
  })

  test('parts that leave a gap, overlap, or come twice are no message', async () => {
    const message = await GcmMessage.create(key, iv, aad)
    await message.authenticatePart(0, ciphertext.subarray(0, 1600))
    await expect(message.authenticatePart(0, ciphertext.subarray(0, 1600))).rejects.toThrow(TypeError)
    await message.authenticatePart(3200, ciphertext.subarray(3200))
    expect(() => message.verify(tag)).toThrow(TypeError)
    await message.authenticatePart(800, ciphertext.subarray(800, 3200))
    expect(() => message.verify(tag)).toThrow(TypeError)
  })

  test('a part that is encrypted again is handed out when it is the same, and only then', async () => {
    const message = await GcmMessage.create(key, iv, aad)
    const first = await message.encryptPart(160, plaintext.subarray(160, 320))
    expect(await message.encryptPart(160, plaintext.subarray(160, 320))).toEqual(first)
    const other = Buffer.from(plaintext.subarray(160, 320))
    other[100]! ^= 1
    expect(await message.encryptPart(160, other)).toBeNull()
    expect(await message.encryptPart(160, plaintext.subarray(160, 304))).toBeNull()
  })

  test('parts start at whole blocks, and within what 32 bits can count', async () => {
    const message = await GcmMessage.create(key, iv, aad)
    await expect(message.encryptPart(8, plaintext)).rejects.toThrow(RangeError)
    await expect(message.encryptPart(2 ** 36 - 32, new Uint8Array(1))).rejects.toThrow(RangeError)
    await expect(message.decryptUnverified(2 ** 36, new Uint8Array(16))).rejects.toThrow(RangeError)
    await expect(GcmMessage.create(key, randomBytes(16), aad)).rejects.toThrow(RangeError)
    message.dispose()
    await expect(message.encryptPart(0, plaintext)).rejects.toThrow(TypeError)
  })
})

test('the last counters are those of the standard', async () => {
  const key = randomBytes(32)
  const iv = randomBytes(12)
  const message = await GcmMessage.create(key, iv, new Uint8Array(0))
  const plaintext = randomBytes(64)
  for (const offset of [2 ** 36 - 32 - 64, 2 ** 35, 2 ** 32 - 64]) {
    const counter = Buffer.concat([iv, Buffer.alloc(4)])
    counter.writeUInt32BE(2 + offset / 16, 12)
    const wanted = createCipheriv('aes-256-ctr', key, counter).update(plaintext)
    expect(Buffer.from((await message.encryptPart(offset, plaintext))!).equals(wanted)).toBe(true)
    expect(Buffer.from(await message.decryptUnverified(offset, wanted)).equals(plaintext)).toBe(true)
  }
})

test('what was verified is told piece by piece from everything else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(7), async (blocks, seed, bit) => {
      const [key, iv, aad, plaintext] = [32, 12, 5, blocks * 16 + (seed % 16)].map((each) => randomBytes(each)) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ]
      const { ciphertext, tag } = sealWithNode(key, iv, aad, plaintext)
      const parts = [ciphertext.subarray(0, 16), ciphertext.subarray(16)] as const
      const opening = await GcmMessage.create(key, iv, aad)
      await opening.authenticatePart(0, parts[0])
      await expect(opening.decryptAgain(0, parts[0])).rejects.toThrow(TypeError)
      if (parts[1].length > 0) await opening.authenticatePart(16, parts[1])
      opening.verify(tag)
      expect(opening.length).toBe(ciphertext.length)
      expect(Buffer.from(await opening.decryptAgain(0, parts[0])).equals(plaintext.subarray(0, 16))).toBe(true)
      const flipped = Buffer.from(ciphertext)
      const at = seed % ciphertext.length
      flipped[at]! ^= 1 << bit
      const [start, end] = at < 16 ? [0, 16] : [16, ciphertext.length]
      await expect(opening.decryptAgain(start, flipped.subarray(start, end))).rejects.toThrow(IntegrityError)
      await expect(opening.decryptAgain(0, ciphertext.subarray(0, 15))).rejects.toThrow(IntegrityError)
      await expect(opening.decryptAgain(32, parts[0])).rejects.toThrow(IntegrityError)
      opening.restart()
      await expect(opening.decryptAgain(0, parts[0])).rejects.toThrow(TypeError)
    }),
    { numRuns: 50 },
  )
})
