import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ciphertextLength, decryptFloe, encryptFloe, openFloe, segmentCapacity } from 'osscrypt/floe'
import { describe, expect, test } from 'vitest'
import { FloeCipher } from '../../src/floe/floe-cipher.js'
import { FLOE_HEADER_LENGTH, floeParameters } from '../../src/floe/parameters.js'
import { collect, inPiecesOf } from './pieces.js'
import { engines, scriptedEngine } from './scripted-engine.js'

interface KnownAnswer {
  readonly name: string
  readonly key: string
  readonly aad: string
  readonly encryptedSegmentLength: number
  readonly keyRotationBits: number
  readonly plaintext: string
  readonly ciphertext: string
}

const path = fileURLToPath(new URL('../../../../../shared/vectors/floe/floe-kats.json', import.meta.url))
const found = existsSync(path)
if (!found) console.info('skipped: the known-answer tests of the FLOE specification are not beside this repository')
const { cases } = (found ? JSON.parse(readFileSync(path, 'utf8')) : { cases: [] }) as { cases: KnownAnswer[] }
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

describe.skipIf(!found)('the known answers of the specification', () => {
  const read = cases.map((each) => ({
    name: each.name,
    key: bytesOf(each.key),
    aad: bytesOf(each.aad),
    parameters: floeParameters(each.encryptedSegmentLength, each.keyRotationBits),
    plaintext: bytesOf(each.plaintext),
    ciphertext: bytesOf(each.ciphertext),
  }))

  test.each(read)('$name is read, whole, in pieces, and byte by byte', async ({ key, aad, parameters, ...message }) => {
    const { ciphertext, plaintext } = message
    const header = ciphertext.subarray(0, FLOE_HEADER_LENGTH)
    for (const lengths of [[ciphertext.length], [1], [parameters.segmentLength], [0, 7, 100]]) {
      const cipher = await openFloe(key, aad, header, { rotationBits: parameters.rotationBits })
      const segments = inPiecesOf(ciphertext.subarray(FLOE_HEADER_LENGTH), lengths)
      expect((await collect(decryptFloe(cipher, segments))).equals(plaintext)).toBe(true)
    }
  })

  test.each(read)('$name is read from its end to its start, by either engine', async ({ key, aad, ...message }) => {
    const { ciphertext, plaintext, parameters } = message
    const { segmentLength, rotationBits } = parameters
    const capacity = segmentCapacity(parameters)
    for (const [, engine] of engines) {
      const header = ciphertext.subarray(0, FLOE_HEADER_LENGTH)
      const cipher = await FloeCipher.open(engine, key, aad, header, rotationBits)
      const count = Math.ceil((ciphertext.length - FLOE_HEADER_LENGTH) / segmentLength)
      for (let index = count - 1; index >= 0; index -= 1) {
        const start = FLOE_HEADER_LENGTH + index * segmentLength
        const opened = await cipher.decryptSegment(
          index,
          ciphertext.subarray(start, start + segmentLength),
          index === count - 1,
        )
        const expected = plaintext.subarray(index * capacity, (index + 1) * capacity)
        expect(Buffer.from(opened).equals(expected)).toBe(true)
      }
    }
  })

  // One of them ends with an empty segment after a full one, which may be read but is never written here.
  const writable = read.filter(
    ({ parameters, plaintext, ciphertext }) => ciphertextLength(parameters, plaintext.length) === ciphertext.length,
  )
  test.each(writable)(
    '$name is written again with its own iv and nonces',
    async ({ key, aad, parameters, ...message }) => {
      const { ciphertext, plaintext } = message
      const random = [ciphertext.subarray(10, 42)]
      for (let start = FLOE_HEADER_LENGTH; start < ciphertext.length; start += parameters.segmentLength) {
        random.push(ciphertext.subarray(start + 4, start + 16))
      }
      const engine = scriptedEngine(() => random.shift() ?? new Uint8Array(0))
      const cipher = await FloeCipher.create(engine, key, aad, parameters)
      expect((await collect(encryptFloe(cipher, inPiecesOf(plaintext, [13])))).equals(ciphertext)).toBe(true)
      expect(random).toEqual([])
    },
  )

  test('are all there', () => {
    expect(cases.length).toBe(11)
    expect(writable.length).toBe(10)
  })
})
