import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  ciphertextLength,
  decryptFloe,
  encryptFloe,
  openFloe,
  plaintextLength,
  segmentCapacity,
  segmentCount,
} from 'osscrypt/floe'
import { describe, expect, test } from 'vitest'
import { FloeCipher } from '../../src/floe/floe-cipher.js'
import { FLOE_HEADER_LENGTH, floeParameters } from '../../src/floe/parameters.js'
import { patternBytes } from '../support/bytes.js'
import { collect, inPiecesOf } from './pieces.js'
import { countingBytes, scriptedEngine } from './scripted-engine.js'

/** A message as it is kept: what is too long is kept as its SHA-256. See the README beside the file. */
interface Vector {
  readonly segmentLength: number
  readonly plaintextLength: number
  readonly segments: number
  readonly header: string
  readonly ciphertextLength: number
  readonly ciphertextSha256: string
  /** The last 48 bytes. */
  readonly end: string
}

const path = fileURLToPath(new URL('../vectors/floe/floe.json', import.meta.url))
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index)
const AAD = new TextEncoder().encode('osscrypt FLOE vectors')

function lengthsFor(segmentLength: number): number[] {
  const capacity = segmentCapacity(floeParameters(segmentLength))
  return [0, 1, capacity - 1, capacity, capacity + 1, 2 * capacity - 1, 2 * capacity, 2 * capacity + 1]
}

const shapes = [64, 256, 1024].flatMap((kib) =>
  lengthsFor(kib * 1024).map((length) => ({ segmentLength: kib * 1024, length })),
)

async function encrypt(segmentLength: number, length: number): Promise<Buffer> {
  const cipher = await FloeCipher.create(scriptedEngine(countingBytes()), KEY, AAD, floeParameters(segmentLength))
  return collect(encryptFloe(cipher, inPiecesOf(patternBytes(length), [65_536])))
}

async function makeVector({ segmentLength, length }: { segmentLength: number; length: number }): Promise<Vector> {
  const ciphertext = await encrypt(segmentLength, length)
  return {
    segmentLength,
    plaintextLength: length,
    segments: segmentCount(floeParameters(segmentLength), length),
    header: ciphertext.subarray(0, FLOE_HEADER_LENGTH).toString('hex'),
    ciphertextLength: ciphertext.length,
    ciphertextSha256: createHash('sha256').update(ciphertext).digest('hex'),
    end: ciphertext.subarray(-48).toString('hex'),
  }
}

if (process.env['WRITE_FLOE_VECTORS']) {
  const vectors: Vector[] = []
  for (const shape of shapes) vectors.push(await makeVector(shape))
  writeFileSync(path, `${JSON.stringify(vectors, null, 2)}\n`)
}
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[]

test('there is a vector for every boundary', () => {
  expect(vectors.map(({ segmentLength, plaintextLength: length }) => ({ segmentLength, length }))).toEqual(shapes)
})

describe.each(vectors)('$plaintextLength bytes in segments of $segmentLength', (vector) => {
  const { segmentLength, plaintextLength: length } = vector
  const parameters = floeParameters(segmentLength)

  test('are written as they were', async () => {
    expect(await makeVector({ segmentLength, length })).toEqual(vector)
  })

  test('are read, in pieces of any length', async () => {
    const ciphertext = await encrypt(segmentLength, length)
    for (const lengths of [[ciphertext.length], [16_384], [segmentLength - 1, 2], [segmentLength + 1]]) {
      const cipher = await openFloe(KEY, AAD, ciphertext.subarray(0, FLOE_HEADER_LENGTH))
      const plaintext = await collect(decryptFloe(cipher, inPiecesOf(ciphertext.subarray(FLOE_HEADER_LENGTH), lengths)))
      expect(plaintext.equals(patternBytes(length))).toBe(true)
    }
  })

  test('have the lengths that the formulas say', () => {
    expect(ciphertextLength(parameters, length)).toBe(vector.ciphertextLength)
    expect(plaintextLength(parameters, vector.ciphertextLength)).toBe(length)
  })
})
