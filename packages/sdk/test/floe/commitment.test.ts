import { createCipheriv, createDecipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import { IntegrityError } from '../../src/errors.js'
import { FloeCipher } from '../../src/floe/floe-cipher.js'
import { floeParameters } from '../../src/floe/parameters.js'
import { patternBytes } from '../support/bytes.js'
import { rejection } from '../support/rejection.js'
import { engines, scriptedEngine } from './scripted-engine.js'

// The field of GHASH (NIST SP 800-38D, section 6.3): the first bit of a block is the coefficient of x^0.
const REDUCTION = 0xe1n << 120n
const ONE = 1n << 127n
const toNumber = (block: Uint8Array) => BigInt(`0x${Buffer.from(block).toString('hex')}`)
const toBlock = (number: bigint) => Buffer.from(number.toString(16).padStart(32, '0'), 'hex')

function multiply(left: bigint, right: bigint): bigint {
  let product = 0n
  let power = right
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((left >> bit) & 1n) product ^= power
    power = power & 1n ? (power >> 1n) ^ REDUCTION : power >> 1n
  }
  return product
}

/** x^(2^128 - 2). */
function invert(x: bigint): bigint {
  let result = ONE
  let square = x
  for (let bit = 1; bit < 128; bit += 1) {
    square = multiply(square, square)
    result = multiply(result, square)
  }
  return result
}

const encryptBlock = (key: Uint8Array, block: Uint8Array) =>
  createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block)

/** The tag of a ciphertext of whole blocks, less the contribution of its first block; and what that block is multiplied by. */
function tagParts(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, blocks: readonly bigint[]) {
  const h = toNumber(encryptBlock(key, Buffer.alloc(16)))
  const lengths = (BigInt(aad.length * 8) << 64n) | BigInt(blocks.length * 128)
  const padded = Buffer.alloc(16)
  padded.set(aad)
  let hash = multiply(toNumber(padded), h)
  let factor = 0n
  for (const [index, block] of [0n, ...blocks.slice(1), lengths].entries()) {
    hash = multiply(hash ^ block, h)
    factor = index === 0 ? h : multiply(factor, h)
  }
  const mask = toNumber(encryptBlock(key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])])))
  return { rest: hash ^ mask, factor }
}

test('a segment that opens under two keys, which GCM allows, opens under the one of its header only', async () => {
  const [, engine] = engines[0] ?? expect.fail()
  const parameters = floeParameters(1024)
  const aad = Buffer.from('additional data')
  const [one, two] = [patternBytes(32, 1), patternBytes(32, 2)]
  const maker = await FloeCipher.create(engine, one, aad, parameters)
  const iv = maker.header.subarray(10, 42)
  const other = await FloeCipher.create(
    scriptedEngine(() => iv),
    two,
    aad,
    parameters,
  )

  // The keys of segment 0 under either data key are what the ciphers hand to their engine.
  const keys: Uint8Array[] = []
  for (const key of [one, two]) {
    const spying = scriptedEngine(() => new Uint8Array(12))
    const header = key === one ? maker.header : other.header
    const cipher = await FloeCipher.open(
      {
        ...spying,
        importGcmKey: (used) => (keys.push(new Uint8Array(used)), spying.importGcmKey(used)),
      },
      key,
      aad,
      header,
    )
    await cipher.encryptSegment(0, new Uint8Array(0), true)
  }
  const [keyOne = one, keyTwo = two] = keys
  const nonce = Buffer.from('012345678901')
  const segmentAad = Buffer.concat([Buffer.alloc(8), Buffer.from([1])])
  const blocks = [0n, toNumber(patternBytes(16, 5)), toNumber(patternBytes(16, 6))]
  const a = tagParts(keyOne, nonce, segmentAad, blocks)
  const b = tagParts(keyTwo, nonce, segmentAad, blocks)
  const first = multiply(a.rest ^ b.rest, invert(a.factor ^ b.factor))
  const ciphertext = Buffer.concat([first, ...blocks.slice(1)].map((block) => toBlock(block)))
  const tag = toBlock(a.rest ^ multiply(first, a.factor))

  const opened = [keyOne, keyTwo].map((key) => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(segmentAad).setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  })
  expect(opened[0]?.equals(opened[1] ?? Buffer.alloc(0))).toBe(false)

  const marker = Buffer.alloc(4)
  marker.writeUInt32BE(32 + ciphertext.length)
  const segment = Buffer.concat([marker, nonce, ciphertext, tag])
  const reader = await FloeCipher.open(engine, one, aad, maker.header)
  expect(Buffer.from(await reader.decryptSegment(0, segment, true)).equals(opened[0] ?? Buffer.alloc(0))).toBe(true)
  expect(await rejection(FloeCipher.open(engine, two, aad, maker.header))).toBeInstanceOf(IntegrityError)
})
