import { PassThrough, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { algorithms, CMK, cutAt, memorySdk, streamMessage } from './memory-sdk.js'

const KIB = 1024
const allowed = { allowUnauthenticatedAlgorithms: true }
const encryptionContext = { project: 'osscrypt', 用途: '测试' }

describe.each(algorithms)('$name', ({ name: algorithm, wholeBlocks }) => {
  const sizes = [0, 1, 15, 16, 17, 4095, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1]
  const options = { algorithm, encryptionContext, ...allowed }

  test.each(sizes.map((size) => (wholeBlocks ? Math.ceil(size / 16) * 16 : size)))('%d bytes', async (size) => {
    const { sdk, kms } = memorySdk()
    const plaintext = patternBytes(size)
    const info = { algorithm, encryptionContext, cmkArns: [CMK] }

    const { message, encryption } = await sdk.encrypt(plaintext, options)
    expect(encryption).toEqual(info)
    const opened = await sdk.decrypt(message, allowed)
    expect(opened.encryption).toEqual(info)
    expect(sameBytes(opened.plaintext, plaintext)).toBe(true)

    const encrypting = sdk.encryptStream(options)
    const written = await buffer(Readable.from([plaintext]).pipe(encrypting))
    expect(await encrypting.encryption).toEqual(info)
    const decrypting = sdk.decryptStream(allowed)
    expect(sameBytes(await buffer(Readable.from([written]).pipe(decrypting)), plaintext)).toBe(true)
    expect(await decrypting.encryption).toEqual(info)

    expect(sameBytes(plaintext, patternBytes(size))).toBe(true)
    expect(kms.zeroed).toBe(true)
    expect(kms.handedOut).toHaveLength(4)
  })

  test.runIf(wholeBlocks)('a plaintext that is not whole blocks is the caller’s mistake', async () => {
    const { sdk, kms } = memorySdk()
    await expect(sdk.encrypt(patternBytes(17), options)).rejects.toThrow(RangeError)
    await expect(streamMessage(sdk, patternBytes(17), options)).rejects.toThrow(RangeError)
    expect(kms.zeroed).toBe(true)
  })
})

describe('large streams', () => {
  const limit = 128 * KIB
  // Header, iv and tag stand before and behind what is held: the limit is one of ciphertext.
  test.each([limit - 1, limit, limit + 1, 5_000_000])('%d bytes, held to 128 KiB in memory', async (size) => {
    const { sdk } = memorySdk()
    const plaintext = patternBytes(size)
    const message = await streamMessage(sdk, plaintext)
    const chunks: Buffer[] = []
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(Buffer.from(chunk))
        done()
      },
    })
    await pipeline(Readable.from(cutAt(message, [1, 700, 70_000])), sdk.decryptStream({ memoryLimit: limit }), sink)
    expect(sameBytes(Buffer.concat(chunks), plaintext)).toBe(true)
  })

  test('web streams', async () => {
    const { sdk } = memorySdk()
    const plaintext = patternBytes(300_000)
    const encrypting = sdk.encryptWebStream({ encryptionContext })
    const decrypting = sdk.decryptWebStream({ memoryLimit: 1000 })
    const source = Readable.toWeb(Readable.from([plaintext])) as ReadableStream<Uint8Array>
    const chunks: Uint8Array[] = []
    for await (const chunk of source.pipeThrough(encrypting).pipeThrough(decrypting)) chunks.push(chunk)
    expect(chunks.every((chunk) => chunk instanceof Uint8Array)).toBe(true)
    expect(sameBytes(Buffer.concat(chunks), plaintext)).toBe(true)
    expect(await encrypting.encryption).toEqual(await decrypting.encryption)
  })
})

test('any split of the input gives the same output', async () => {
  const { sdk } = memorySdk()
  const plaintext = patternBytes(1000)
  const message = await streamMessage(sdk, plaintext, { encryptionContext })
  const cuts = fc.array(fc.nat(message.length), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(cuts, fc.constantFrom(0, 100, 10_000), async (at, memoryLimit) => {
      const source = Readable.from(cutAt(message, at))
      return sameBytes(await buffer(source.pipe(sdk.decryptStream({ memoryLimit }))), plaintext)
    }),
    { numRuns: 60 },
  )
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const written = await buffer(Readable.from(cutAt(plaintext, at)).pipe(sdk.encryptStream()))
      return sameBytes(await buffer(Readable.from([written]).pipe(sdk.decryptStream())), plaintext)
    }),
    { numRuns: 60 },
  )
})

test('one SDK serves concurrent calls', async () => {
  const { sdk } = memorySdk()
  const works = Array.from({ length: 50 }, async (_, seed) => {
    const plaintext = patternBytes(1000 + seed, seed)
    const message = await streamMessage(sdk, plaintext, { encryptionContext: { seed: String(seed) } })
    const opened = await buffer(new PassThrough().end(message).pipe(sdk.decryptStream()))
    return sameBytes(opened, plaintext)
  })
  expect(await Promise.all(works)).toEqual(works.map(() => true))
})
