import fc from 'fast-check'
import { FormatError, OsscryptError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { ByteSource } from '../../src/bytes/byte-source.js'
import { decodeHeader, encodeHeader } from '../../src/message/header.js'
import { decodeBody, decodeMessage } from '../../src/message/message.js'
import { encodeBody, encodeMessage } from './encode-message.js'
import { encodeStreamHeader, encodeStreamIv, readStreamHeader, readStreamIv } from '../../src/message/stream-message.js'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { sameBytes } from '../support/bytes.js'
import { fromBase64, readVectors, type Vector } from './vector-file.js'

const vectors = [...readVectors('java'), ...readVectors('python')]
const messages = vectors.filter(({ form }) => form === 'asn1-message')
const streams = vectors.filter(({ form }) => form === 'stream')
const secrets = vectors.filter(({ form }) => form === 'secret-manager')

const sourceOf = (bytes: Uint8Array): ByteSource =>
  new ByteSource(
    (async function* () {
      yield await Promise.resolve(bytes)
    })(),
  )

async function readStream(bytes: Uint8Array) {
  const source = sourceOf(bytes)
  const header = await readStreamHeader(source)
  return { header, iv: await readStreamIv(source, header.algorithm) }
}

describe('decoded and encoded again', () => {
  test.each(messages.map((vector) => [vector.name, vector] as const))('%s', (_name, { output }) => {
    const message = decodeMessage(fromBase64(output))
    expect(sameBytes(encodeMessage(message), fromBase64(output))).toBe(true)
    const header = encodeHeader(message.header)
    expect(sameBytes(encodeHeader(decodeHeader(header)), header)).toBe(true)
  })

  test.each(streams.map((vector) => [vector.name, vector] as const))('%s', async (_name, { output }) => {
    const bytes = fromBase64(output)
    const { header, iv } = await readStream(bytes)
    const again = Buffer.concat([encodeStreamHeader(header), encodeStreamIv(iv)])
    expect(sameBytes(again, bytes.subarray(0, again.length))).toBe(true)
    // Either form of a header says the same.
    expect(sameBytes(encodeStreamHeader(decodeHeader(encodeHeader(header))), encodeStreamHeader(header))).toBe(true)
  })

  test.each(secrets.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const { secretHeader, output, variant } = vector as Vector & { secretHeader: string }
    const header = decodeHeader(decodeBase64(secretHeader))
    expect(encodeBase64(encodeHeader(header))).toBe(secretHeader)
    if (variant === 'stream') return
    const body = decodeBody(fromBase64(output), algorithmByName(vector.algorithm))
    expect(sameBytes(encodeBody(body), fromBase64(output))).toBe(true)
  })
})

/** A change of some bytes: overwrite, insert, remove, cut. */
const mutation = fc.record({
  kind: fc.constantFrom('overwrite', 'insert', 'remove', 'cut', 'flip'),
  at: fc.nat(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
})

function mutate(input: Buffer, { kind, at, bytes }: { kind: string; at: number; bytes: Uint8Array }): Buffer {
  const offset = at % (input.length + 1)
  const [before, after] = [input.subarray(0, offset), input.subarray(offset)]
  if (kind === 'insert') return Buffer.concat([before, bytes, after])
  if (kind === 'remove') return Buffer.concat([before, after.subarray(bytes.length)])
  if (kind === 'cut') return Buffer.from(before)
  const changed = Buffer.from(input)
  for (const [index, byte] of bytes.entries()) {
    const place = (offset + index) % input.length
    changed[place] = kind === 'flip' ? changed[place]! ^ (1 << (byte & 7)) : byte
  }
  return changed
}

describe('whatever is accepted is the one encoding of what it says', () => {
  const small = (list: readonly Vector[]) =>
    list.map(({ output }) => fromBase64(output)).filter(({ length }) => length < 4000)
  const changed = (list: readonly Vector[]) =>
    fc
      .tuple(fc.constantFrom(...small(list)), fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([input, mutations]) => mutations.reduce(mutate, input))

  test('messages', () => {
    fc.assert(
      fc.property(changed(messages), (input) => {
        try {
          expect(sameBytes(encodeMessage(decodeMessage(input)), input)).toBe(true)
        } catch (error) {
          if (!(error instanceof FormatError)) throw error
        }
      }),
      { numRuns: 2500 },
    )
  })

  test('streams', async () => {
    await fc.assert(
      fc.asyncProperty(changed(streams), async (input) => {
        try {
          const { header, iv } = await readStream(input)
          const again = Buffer.concat([encodeStreamHeader(header), encodeStreamIv(iv)])
          expect(sameBytes(again, input.subarray(0, again.length))).toBe(true)
        } catch (error) {
          if (!(error instanceof OsscryptError)) throw error
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a message that is cut anywhere is refused', async () => {
    const message = fromBase64(messages[0]!.output)
    for (let length = 0; length < message.length; length += 1) {
      expect(() => decodeMessage(message.subarray(0, length))).toThrow(FormatError)
    }
    const stream = fromBase64(streams[0]!.output)
    const { header, iv } = await readStream(stream)
    const headLength = encodeStreamHeader(header).length + encodeStreamIv(iv).length
    for (let length = 0; length < headLength; length += 1) {
      await expect(readStream(stream.subarray(0, length))).rejects.toThrow(FormatError)
    }
  })
})
