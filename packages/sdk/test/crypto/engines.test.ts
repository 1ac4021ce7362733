import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { FormatError, IntegrityError, OsscryptError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { algorithmById, algorithmByName, assertPlaintextLength, headerAlgorithm } from '../../src/crypto/algorithm.js'
import { createDecryptor, createEncryptor, createGcmRangeCipher } from '../../src/crypto/node-sequential-cipher.js'
import { engine as nodeEngine } from '../../src/crypto/node-engine.js'
import { createSm4 } from '../../src/crypto/sm4.js'
import { engine as webEngine } from '../../src/crypto/web-engine.js'
import * as web from '../../src/crypto/web-sequential-cipher.js'
import { algorithms } from '../encryption/memory-sdk.js'
import { patternBytes } from '../support/bytes.js'
import { decryptBody, encryptBody } from '../../src/crypto/whole-body.js'
import { rejection } from '../support/rejection.js'

const aadOf = (authenticated: boolean): Buffer => (authenticated ? Buffer.from('aad') : Buffer.alloc(0))

describe.each(algorithms)('$name', ({ name, authenticated, wholeBlocks }) => {
  const suite = algorithmByName(name)
  const key = patternBytes(suite.keyLength)
  const aad = aadOf(authenticated)

  test('round trip at every length around blocks and slices', async () => {
    for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 65_535, 65_536, 65_537, 131_073]) {
      const plaintext = patternBytes(wholeBlocks ? Math.ceil(length / 16) * 16 : length)
      const body = await encryptBody(nodeEngine, suite, key, aad, plaintext)
      expect([body.iv.length, body.authTag.length]).toEqual([suite.ivLength, suite.tagLength])
      expect(plaintext.equals(await decryptBody(nodeEngine, suite, key, aad, body))).toBe(true)
    }
  })

  test.runIf(authenticated)('a tag of any other length is refused, also one that is a right one’s start', async () => {
    const body = await encryptBody(nodeEngine, suite, key, aad, patternBytes(100))
    const engines = name.startsWith('SM4') ? [nodeEngine] : [nodeEngine, webEngine]
    for (let length = 0; length <= 17; length += 1) {
      if (length === 16) continue
      const authTag = Buffer.concat([body.authTag, Buffer.alloc(1)]).subarray(0, length)
      for (const engine of engines)
        expect(await rejection(decryptBody(engine, suite, key, aad, { ...body, authTag }))).toBeInstanceOf(
          IntegrityError,
        )
      expect(() => createDecryptor(suite, key, body.iv, aad).finish(authTag)).toThrow(IntegrityError)
    }
  })

  test.runIf(authenticated)('every flipped bit of body, iv and aad is noticed', async () => {
    const body = await encryptBody(nodeEngine, suite, key, aad, patternBytes(20))
    const parts = { iv: body.iv, ciphertext: body.ciphertext, authTag: body.authTag, aad }
    for (const [part, bytes] of Object.entries(parts)) {
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes)
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7))
        const { aad: changedAad, ...changedBody } = { ...parts, [part]: changed }
        expect(await rejection(decryptBody(nodeEngine, suite, key, changedAad, changedBody))).toBeInstanceOf(
          IntegrityError,
        )
      }
    }
  })

  test('ivs are fresh', async () => {
    const ivs = await Promise.all(
      Array.from({ length: 200 }, () => encryptBody(nodeEngine, suite, key, aad, Buffer.alloc(0))),
    )
    expect(new Set(ivs.map(({ iv }) => Buffer.from(iv).toString('hex'))).size).toBe(200)
  })

  test('keys are the caller’s: zeroing one changes nothing that has begun', () => {
    const zeroed = Buffer.from(key)
    const iv = patternBytes(suite.ivLength)
    const [kept, begun] = [createEncryptor(suite, key, iv, aad), createEncryptor(suite, zeroed, iv, aad)]
    zeroed.fill(0)
    const plaintext = patternBytes(64)
    expect(Buffer.from(begun.update(plaintext)).equals(kept.update(plaintext))).toBe(true)
    expect(Buffer.from(begun.finish().authTag).equals(kept.finish().authTag)).toBe(true)
  })
})

describe.each(algorithms)('$name where there is nothing but Web Crypto', ({ name, authenticated, wholeBlocks }) => {
  const suite = algorithmByName(name)

  test('each engine opens what the other made', async () => {
    const bytes = fc.uint8Array({ maxLength: 100 })
    await fc.assert(
      fc.asyncProperty(
        wholeBlocks ? bytes.map((each) => each.subarray(0, each.length & ~15)) : bytes,
        fc.uint8Array({ minLength: suite.keyLength, maxLength: suite.keyLength }),
        async (plaintext, key) => {
          const aad = aadOf(authenticated)
          const byWeb = await encryptBody(webEngine, suite, key, aad, plaintext)
          const byNode = await encryptBody(nodeEngine, suite, key, aad, plaintext)
          expect(Buffer.from(plaintext).equals(await decryptBody(nodeEngine, suite, key, aad, byWeb))).toBe(true)
          expect(Buffer.from(plaintext).equals(await decryptBody(webEngine, suite, key, aad, byNode))).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  test.runIf(name.includes('PKCS5'))('a wrong padding is an IntegrityError in both', async () => {
    const key = patternBytes(suite.keyLength)
    const body = { iv: patternBytes(16), ciphertext: patternBytes(16), authTag: Buffer.alloc(0) }
    for (const ciphertext of [body.ciphertext, Buffer.alloc(0), patternBytes(17)]) {
      for (const engine of [nodeEngine, webEngine]) {
        const opened = decryptBody(engine, suite, key, Buffer.alloc(0), { ...body, ciphertext })
        expect(await rejection(opened)).toBeInstanceOf(IntegrityError)
      }
    }
  })
})

const inSequence = algorithms.filter(({ name }) => !name.startsWith('AES_GCM'))

test.each(inSequence)('$name without Node: in pieces of any length what Node makes', async ({ name, wholeBlocks }) => {
  const suite = algorithmByName(name)
  const [key, iv] = [patternBytes(suite.keyLength, 1), patternBytes(suite.ivLength, 2)]
  const aad = aadOf(suite.authenticated)
  const plaintext = patternBytes(wholeBlocks ? 320 : 333)
  const node = createEncryptor(suite, key, iv, aad)
  const start = node.update(plaintext)
  const { rest, authTag } = node.finish()
  const ciphertext = Buffer.concat([start, rest])
  for (const size of [1, 7, 15, 16, 17, 48, 333]) {
    const encryptor = web.createEncryptor(suite, Buffer.from(key), iv, aad)
    const encrypted = await inPieces(encryptor.update, plaintext, size)
    const end = await encryptor.finish()
    expect(Buffer.concat([...encrypted, end.rest]).equals(ciphertext)).toBe(true)
    expect(Buffer.from(end.authTag).equals(authTag)).toBe(true)
    const zeroed = Buffer.from(key)
    const decryptor = web.createDecryptor(suite, zeroed, iv, aad)
    zeroed.fill(0)
    const opened = await inPieces(decryptor.update, ciphertext, size)
    expect(Buffer.concat([...opened, await decryptor.finish(authTag)]).equals(plaintext)).toBe(true)
  }
})

test('what does not fill a block is refused where nothing pads it', async () => {
  const suite = algorithmByName('AES_CBC_NOPADDING_256')
  const [key, iv, none] = [patternBytes(32), patternBytes(16), Buffer.alloc(0)]
  await expect(encryptBody(webEngine, suite, key, none, patternBytes(17))).rejects.toThrow(RangeError)
  const body = { iv, ciphertext: patternBytes(17), authTag: none }
  await expect(decryptBody(webEngine, suite, key, none, body)).rejects.toThrow(IntegrityError)
})

test('SM4 is that of OpenSSL', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const [key, block] = [patternBytes(16, seed), patternBytes(16, seed + 1000)]
    const expected = createCipheriv('sm4-ecb', key, null).setAutoPadding(false).update(block)
    const cipher = createSm4(key)
    const own = new Uint8Array(block)
    cipher.encryptBlock(new DataView(own.buffer), 0)
    expect(expected.equals(own)).toBe(true)
    cipher.decryptBlock(new DataView(own.buffer), 0)
    expect(block.equals(own)).toBe(true)
  }
})

async function inPieces(
  update: (piece: Uint8Array) => Uint8Array | Promise<Uint8Array>,
  bytes: Uint8Array,
  size: number,
): Promise<Uint8Array[]> {
  const made: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += size) made.push(await update(bytes.subarray(start, start + size)))
  return made
}

test.each(['AES_GCM_NOPADDING_128', 'AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128'] as const)(
  'the range cipher of %s gives GCM’s own text from every offset',
  async (name) => {
    const suite = algorithmByName(name)
    const key = patternBytes(suite.keyLength)
    const plaintext = patternBytes(5000)
    const { iv, ciphertext } = await encryptBody(nodeEngine, suite, key, Buffer.from('aad'), plaintext)
    for (let offset = 0; offset <= plaintext.length; offset += 16) {
      const opened = createGcmRangeCipher(suite, key, iv, offset).update(ciphertext.subarray(offset))
      expect(plaintext.subarray(offset).equals(opened)).toBe(true)
      if (suite.cipher !== 'SM4') continue
      const byWeb = web.createGcmRangeCipher(suite, key, iv, offset).update(ciphertext.subarray(offset))
      expect(plaintext.subarray(offset).equals(byWeb)).toBe(true)
    }
  },
)

test('suites are found by name and by number, and by nothing else', () => {
  for (const [index, { name }] of algorithms.entries()) {
    expect(algorithmById(index + 1)).toBe(algorithmByName(name))
    expect(Object.isFrozen(algorithmByName(name))).toBe(true)
    expect(headerAlgorithm(algorithmByName(name)).mode).toBe('GCM')
    expect(headerAlgorithm(algorithmByName(name)).keyLength).toBe(algorithmByName(name).keyLength)
  }
  for (const id of [0, 13, -1, 1.5, NaN, 2 ** 32 + 2]) expect(() => algorithmById(id)).toThrow(FormatError)
  for (const name of ['', 'aes_gcm_nopadding_256', '__proto__', 'constructor']) {
    expect(() => algorithmByName(name as never)).toThrow(RangeError)
  }
})

test('GCM takes 2^36 - 32 bytes and no more', () => {
  const suite = algorithmByName('AES_GCM_NOPADDING_256')
  assertPlaintextLength(suite, 2 ** 36 - 32)
  expect(() => assertPlaintextLength(suite, 2 ** 36 - 31)).toThrow(OsscryptError)
  assertPlaintextLength(algorithmByName('AES_CTR_NOPADDING_256'), 2 ** 40)
})
