import fc from 'fast-check'
import { decryptFloe, encryptFloe, isLastSegment, mapRange, segmentCapacity, segmentCount } from 'osscrypt/floe'
import { describe, expect, test } from 'vitest'
import type { CryptoEngine } from '../../src/crypto/engine.js'
import { FormatError, IntegrityError } from '../../src/errors.js'
import { FloeCipher } from '../../src/floe/floe-cipher.js'
import { ciphertextLength, FLOE_HEADER_LENGTH, floeParameters, plaintextLength } from '../../src/floe/parameters.js'
import { patternBytes } from '../support/bytes.js'
import { rejection } from '../support/rejection.js'
import { collect, collectUntilError, inPiecesOf } from './pieces.js'
import { engines } from './scripted-engine.js'

const KEY = patternBytes(32, 3)
const AAD = Buffer.from('additional data')
const SEGMENT = 100
const parameters = floeParameters(SEGMENT)
const CAPACITY = segmentCapacity(parameters)

interface Message {
  readonly plaintext: Buffer
  readonly header: Buffer
  readonly segments: readonly Buffer[]
}

async function encrypt(
  engine: CryptoEngine,
  plaintext: Buffer,
  { key = KEY, aad = AAD, lengths = [64] }: { key?: Uint8Array; aad?: Uint8Array; lengths?: readonly number[] } = {},
): Promise<Message> {
  const cipher = await FloeCipher.create(engine, key, aad, parameters)
  const ciphertext = await collect(encryptFloe(cipher, inPiecesOf(plaintext, lengths)))
  const segments: Buffer[] = []
  for (let start = FLOE_HEADER_LENGTH; start < ciphertext.length; start += SEGMENT) {
    segments.push(ciphertext.subarray(start, start + SEGMENT))
  }
  return { plaintext, header: ciphertext.subarray(0, FLOE_HEADER_LENGTH), segments }
}

const decrypt = (engine: CryptoEngine, header: Uint8Array, body: Uint8Array, lengths: readonly number[] = [33]) =>
  collectUntilError(async () => decryptFloe(await FloeCipher.open(engine, KEY, AAD, header), inPiecesOf(body, lengths)))

/** Asserts that a message with another body is refused, and that what was handed out before is a beginning of the plaintext. */
async function expectRefused(engine: CryptoEngine, { header, plaintext }: Message, segments: readonly Uint8Array[]) {
  const { bytes, error } = await decrypt(engine, header, Buffer.concat(segments))
  expect(error).toBeInstanceOf(IntegrityError)
  expect(bytes.equals(plaintext.subarray(0, bytes.length))).toBe(true)
  expect(bytes.length === plaintext.length && plaintext.length > CAPACITY).toBe(false)
}

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

const anyPlaintext = fc.uint8Array({ maxLength: 5 * CAPACITY }).map((bytes) => Buffer.from(bytes))
const anySplit = fc
  .array(fc.nat({ max: 250 }), { minLength: 1, maxLength: 5 })
  .filter((lengths) => lengths.some(Boolean))

describe.each(engines)('with the %s engine', (_name, engine) => {
  test('any split of what goes in and what comes back gives the same plaintext', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlaintext, anySplit, anySplit, async (plaintext, lengths, others) => {
        const { header, segments } = await encrypt(engine, plaintext, { lengths })
        expect(header.length + Buffer.concat(segments).length).toBe(ciphertextLength(parameters, plaintext.length))
        const { bytes, error } = await decrypt(engine, header, Buffer.concat(segments), others)
        expect(error).toBeUndefined()
        expect(bytes.equals(plaintext)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('every segment opens at its own place only, and only as what it is', async () => {
    const message = await encrypt(engine, patternBytes(3 * CAPACITY + 5))
    const cipher = await FloeCipher.open(engine, KEY, AAD, message.header)
    for (const [index, segment] of message.segments.entries()) {
      for (let place = 0; place < 5; place += 1) {
        for (const last of [true, false]) {
          const opening = cipher.decryptSegment(place, segment, last)
          if (place !== index || last !== (index === 3)) expect(await rejection(opening)).toBeInstanceOf(IntegrityError)
          else {
            const expected = message.plaintext.subarray(index * CAPACITY, (index + 1) * CAPACITY)
            expect(Buffer.from(await opening).equals(expected)).toBe(true)
          }
        }
      }
    }
  })

  test('a flipped bit anywhere is noticed', async () => {
    const message = await encrypt(engine, patternBytes(2 * CAPACITY + 20))
    const { header, segments } = message
    const body = Buffer.concat(segments)
    for (let bit = 0; bit < header.length * 8; bit += 1) {
      const { bytes, error } = await decrypt(engine, flipped(header, bit), body)
      expect(error instanceof IntegrityError || error instanceof FormatError).toBe(true)
      expect(bytes.length).toBe(0)
    }
    for (let bit = 0; bit < body.length * 8; bit += engine === engines[0]?.[1] ? 1 : 7) {
      await expectRefused(engine, message, [flipped(body, bit)])
    }
  })

  test('a cut anywhere is noticed', async () => {
    for (const length of [0, 1, CAPACITY, CAPACITY + 1, 2 * CAPACITY]) {
      const message = await encrypt(engine, patternBytes(length))
      const body = Buffer.concat(message.segments)
      for (let end = 0; end < body.length; end += 1) await expectRefused(engine, message, [body.subarray(0, end)])
    }
  })

  test('segments that are removed, doubled, swapped, appended or of another message are noticed', async () => {
    for (const length of [0, CAPACITY, 2 * CAPACITY + 1, 4 * CAPACITY]) {
      const message = await encrypt(engine, patternBytes(length))
      const other = await encrypt(engine, patternBytes(length, 2))
      const same = await encrypt(engine, message.plaintext)
      const { segments } = message
      for (const index of segments.keys()) {
        const segment = segments[index] ?? Buffer.alloc(0)
        await expectRefused(engine, message, segments.toSpliced(index, 1))
        await expectRefused(engine, message, segments.toSpliced(index, 0, segment))
        await expectRefused(engine, message, segments.with(index, other.segments[index] ?? segment))
        await expectRefused(engine, message, segments.with(index, same.segments[index] ?? segment))
        await expectRefused(engine, message, [...segments, segment])
        for (let place = 0; place < index; place += 1) {
          await expectRefused(engine, message, segments.with(index, segments[place] ?? segment).with(place, segment))
        }
      }
      for (let extra = 1; extra <= SEGMENT + 1; extra += 1) {
        await expectRefused(engine, message, [...segments, Buffer.alloc(extra)])
      }
    }
  })

  test('a fake empty last segment does not end a message', async () => {
    const message = await encrypt(engine, patternBytes(3 * CAPACITY))
    const empty = await encrypt(engine, Buffer.alloc(0))
    const fake = Buffer.alloc(32)
    fake.writeUInt32BE(32)
    for (const end of [empty.segments[0] ?? fake, fake]) {
      for (let kept = 0; kept <= 3; kept += 1) {
        await expectRefused(engine, message, [...message.segments.slice(0, kept), end])
      }
    }
  })

  test('a body crafted to open under two keys is refused under one of them', async () => {
    // AES-GCM alone does not commit to its key: one ciphertext can have a right tag under two. FLOE's header has one tag for one key.
    const one = await encrypt(engine, patternBytes(CAPACITY))
    const two = await encrypt(engine, patternBytes(CAPACITY), { key: patternBytes(32, 9) })
    for (const header of [two.header, Buffer.concat([one.header.subarray(0, 42), two.header.subarray(42)])]) {
      const { error, bytes } = await decrypt(engine, header, Buffer.concat(one.segments))
      expect(error).toBeInstanceOf(IntegrityError)
      expect(bytes.length).toBe(0)
    }
    for (const [key, aad] of [
      [patternBytes(32, 9), AAD],
      [KEY, Buffer.from('additional dat')],
      [KEY, Buffer.concat([AAD, Buffer.alloc(1)])],
    ] as const) {
      expect(await rejection(FloeCipher.open(engine, key, aad, one.header))).toBeInstanceOf(IntegrityError)
    }
  })

  test('a message that is made again has another iv, other nonces and another key', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const { header, segments } = await encrypt(engine, patternBytes(2 * CAPACITY))
      seen.add(header.toString('hex', 10, 42))
      for (const segment of segments) seen.add(segment.toString('hex', 4, 16))
    }
    expect(seen.size).toBe(60)
    const cipher = await FloeCipher.create(engine, KEY, AAD, parameters)
    const again = await Promise.all(Array.from({ length: 20 }, () => cipher.encryptSegment(0, Buffer.alloc(5), true)))
    expect(new Set(again.map((segment) => Buffer.from(segment).toString('hex', 4, 16))).size).toBe(20)
  })

  test('nothing is encrypted or decrypted once the keys are zeroed, not even what had begun', async () => {
    const { header, segments } = await encrypt(engine, patternBytes(5))
    const cipher = await FloeCipher.open(engine, KEY, AAD, header)
    const begun = [
      cipher.encryptSegment(0, Buffer.alloc(5), true),
      cipher.decryptSegment(0, segments[0] ?? header, true),
    ]
    cipher.dispose()
    const later = [
      cipher.encryptSegment(0, Buffer.alloc(5), true),
      cipher.decryptSegment(0, segments[0] ?? header, true),
    ]
    for (const ended of await Promise.all([...begun, ...later].map((work) => rejection(work)))) {
      expect(ended).toBeInstanceOf(TypeError)
    }
  })
})

test('segments of a wrong length are not made', async () => {
  const [, engine] = engines[0] ?? expect.fail()
  const cipher = await FloeCipher.create(engine, KEY, AAD, parameters)
  for (const [length, last] of [
    [CAPACITY - 1, false],
    [CAPACITY + 1, false],
    [0, false],
    [CAPACITY + 1, true],
  ] as const) {
    expect(await rejection(cipher.encryptSegment(0, Buffer.alloc(length), last))).toBeInstanceOf(RangeError)
  }
})

test('lengths of plaintext and ciphertext belong to each other, and what no message has is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1024, max: 2 ** 24 }), fc.nat({ max: 2 ** 45 }), (segmentLength, length) => {
      const some = floeParameters(segmentLength)
      const stored = ciphertextLength(some, length)
      expect(plaintextLength(some, stored)).toBe(length)
      expect(isLastSegment(some, segmentCount(some, length) - 1, stored)).toBe(true)
      if (segmentCount(some, length) > 1)
        expect(isLastSegment(some, segmentCount(some, length) - 2, stored)).toBe(false)
    }),
  )
  const some = floeParameters(1024)
  for (const length of [-1, 0, 73, 74, 75, 105, 74 + 1024 + 1, 74 + 1024 + 31, NaN]) {
    expect(() => plaintextLength(some, length)).toThrow(FormatError)
  }
})

test('a range maps to the segments that hold it, and to no others', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 40 }), fc.nat({ max: 2 ** 22 }), (start, length) => {
      const some = floeParameters(65_536)
      const map = mapRange(some, start, start + length)
      const capacity = segmentCapacity(some)
      expect(map.firstSegment * capacity + map.skip).toBe(start)
      expect(map.skip).toBeLessThan(capacity)
      expect(map.lastSegment * capacity).toBeLessThanOrEqual(start + length)
      expect((map.lastSegment + 1) * capacity).toBeGreaterThan(start + length)
      expect(map.start).toBe(FLOE_HEADER_LENGTH + map.firstSegment * 65_536)
      expect(map.end + 1 - map.start).toBe((map.lastSegment - map.firstSegment + 1) * 65_536)
      expect(map.end + 1 - map.start).toBeLessThan(
        length + 1 + 2 * 65_536 + 32 * (map.lastSegment - map.firstSegment + 1),
      )
    }),
  )
})

test('the content key changes with the segment number, also beyond 32 bits', async () => {
  const [, engine] = engines[0] ?? expect.fail()
  const cipher = await FloeCipher.create(engine, KEY, AAD, floeParameters(SEGMENT, 2))
  const numbers = [0, 3, 4, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 4, 2 ** 40 - 1]
  const made = new Map<number, Uint8Array>()
  for (const number of numbers) made.set(number, await cipher.encryptSegment(number, Buffer.from([7]), true))
  const reader = await FloeCipher.open(engine, KEY, AAD, cipher.header, 2)
  for (const place of numbers) {
    for (const [number, segment] of made) {
      const opening = reader.decryptSegment(place, segment, true)
      if (place === number) expect([...(await opening)]).toEqual([7])
      else expect(await rejection(opening)).toBeInstanceOf(IntegrityError)
    }
  }
})
