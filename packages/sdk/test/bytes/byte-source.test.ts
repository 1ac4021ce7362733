import fc from 'fast-check'
import { FormatError, IntegrityError } from 'osscrypt'
import { expect, test } from 'vitest'
import { ByteSource, holdTail } from '../../src/bytes/byte-source.js'
import { rejection } from '../support/rejection.js'

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 })

test('what is taken and the rest are the stream, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.array(fc.nat(15), { maxLength: 5 }), async (input, lengths) => {
      const whole = Buffer.concat(input)
      const source = new ByteSource(from(input))
      let offset = 0
      for (const length of lengths) {
        if (offset + length > whole.length) {
          expect(await rejection(source.take(length))).toBeInstanceOf(FormatError)
          return
        }
        const taken = await source.take(length)
        expect(whole.subarray(offset, offset + length).equals(taken)).toBe(true)
        offset += length
      }
      expect((await collect(source.rest())).equals(whole.subarray(offset))).toBe(true)
    }),
  )
})

test('the tail is held back, however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(20), async (input, length) => {
      const whole = Buffer.concat(input)
      let tail: Uint8Array | undefined
      const given = collect(holdTail(from(input), length, (bytes) => (tail = bytes)))
      if (whole.length < length) {
        expect(await rejection(given)).toBeInstanceOf(IntegrityError)
        expect(tail).toBeUndefined()
        return
      }
      expect((await given).equals(whole.subarray(0, whole.length - length))).toBe(true)
      expect(whole.subarray(whole.length - length).equals(tail!)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('a source that is closed closes what it reads', async () => {
  let closed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield await Promise.resolve(new Uint8Array(1))
    } finally {
      closed = true
    }
  }
  const source = new ByteSource(endless())
  await source.take(3)
  await source.close()
  expect(closed).toBe(true)
})
