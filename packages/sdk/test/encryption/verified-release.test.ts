import { Readable } from 'node:stream'
import { IntegrityError, OsscryptError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { rejection } from '../support/rejection.js'
import { algorithms, memorySdk, streamMessage } from './memory-sdk.js'

const allowed = { allowUnauthenticatedAlgorithms: true }

/** What a stream hands out, and what it ends with. */
async function drain(stream: AsyncIterable<Uint8Array>): Promise<{ handedOut: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
  } catch (error) {
    return { handedOut: Buffer.concat(chunks), error }
  }
  return { handedOut: Buffer.concat(chunks), error: undefined }
}

const inChunks = (bytes: Buffer, size = 1000): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  )

const flip = (bytes: Buffer, offset: number): Buffer => {
  const changed = Buffer.from(bytes)
  changed[offset] = changed[offset]! ^ 1
  return changed
}

describe.each(algorithms.filter(({ authenticated }) => authenticated))('$name', ({ name: algorithm }) => {
  const { sdk, kms } = memorySdk()
  const plaintext = patternBytes(50_000)

  test.each([1000, undefined])(
    'a changed last byte: not one byte is handed out (memoryLimit %s)',
    async (memoryLimit) => {
      const message = await streamMessage(sdk, plaintext, { algorithm })
      for (const offset of [message.length - 1, message.length - 16, message.length - 17, message.length - 50_016]) {
        const stream = inChunks(flip(message, offset)).pipe(sdk.decryptStream({ memoryLimit }))
        const { handedOut, error } = await drain(stream)
        expect(handedOut).toHaveLength(0)
        expect(error).toBeInstanceOf(IntegrityError)
      }
      expect(kms.zeroed).toBe(true)
    },
  )

  test('cut by 1 to 17 bytes, or longer by 1 to 17', async () => {
    const message = await streamMessage(sdk, plaintext.subarray(0, 100), { algorithm })
    for (let count = 1; count <= 17; count += 1) {
      const cut = message.subarray(0, message.length - count)
      const padded = Buffer.concat([message, Buffer.alloc(count)])
      for (const changed of [cut, padded]) {
        const { handedOut, error } = await drain(inChunks(changed, 64).pipe(sdk.decryptStream()))
        expect(handedOut).toHaveLength(0)
        expect(error).toBeInstanceOf(IntegrityError)
      }
    }
  })

  test('cut within an empty body’s tag', async () => {
    const message = await streamMessage(sdk, Buffer.alloc(0), { algorithm })
    for (let count = 1; count <= 16; count += 1) {
      const cut = message.subarray(0, message.length - count)
      expect((await drain(inChunks(cut).pipe(sdk.decryptStream()))).error).toBeInstanceOf(IntegrityError)
    }
  })

  test('allowUnverifiedStream hands out bytes as they come, and fails at the end', async () => {
    const message = await streamMessage(sdk, plaintext, { algorithm })
    const stream = sdk.decryptStream({ allowUnverifiedStream: true })
    stream.write(message.subarray(0, 30_000))
    const [early] = (await stream[Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [value])) as [Buffer]
    expect(early.length).toBeGreaterThan(0)
    expect(sameBytes(early, plaintext.subarray(0, early.length))).toBe(true)
    stream.destroy()

    const changed = flip(message, message.length - 1)
    const { handedOut, error } = await drain(inChunks(changed).pipe(sdk.decryptStream({ allowUnverifiedStream: true })))
    expect(handedOut.length).toBeGreaterThan(0)
    expect(sameBytes(handedOut, plaintext.subarray(0, handedOut.length))).toBe(true)
    expect(error).toBeInstanceOf(IntegrityError)
    expect(kms.zeroed).toBe(true)
  })
})

describe.each(algorithms.filter(({ authenticated }) => !authenticated))('$name', ({ name: algorithm }) => {
  const plaintext = patternBytes(160)

  test('is not written without allowUnauthenticatedAlgorithms, and KMS is not asked', async () => {
    const { sdk, kms } = memorySdk()
    for (const options of [{ algorithm }, { algorithm, allowUnauthenticatedAlgorithms: false }]) {
      expect(await rejection(sdk.encrypt(plaintext, options))).toMatchObject({ code: 'NotAllowed' })
      expect(await rejection(streamMessage(sdk, plaintext, options))).toMatchObject({ code: 'NotAllowed' })
    }
    expect(kms.requests).toEqual([])
  })

  test('is not read without it, and KMS is not asked', async () => {
    const { sdk, kms } = memorySdk()
    const { message } = await sdk.encrypt(plaintext, { algorithm, ...allowed })
    const streamed = await streamMessage(sdk, plaintext, { algorithm, ...allowed })
    kms.requests.length = 0
    for (const options of [{}, { allowUnauthenticatedAlgorithms: false }]) {
      expect(await rejection(sdk.decrypt(message, options))).toMatchObject({ code: 'NotAllowed' })
    }
    for (const options of [{}, { allowUnverifiedStream: true }, { allowUnauthenticatedAlgorithms: false }]) {
      const { handedOut, error } = await drain(inChunks(streamed).pipe(sdk.decryptStream(options)))
      expect(handedOut).toHaveLength(0)
      expect(error).toBeInstanceOf(OsscryptError)
      expect(error).toMatchObject({ code: 'NotAllowed' })
    }
    expect(kms.requests).toEqual([])
  })

  test('a header rewritten to it does not open a message that was authenticated', async () => {
    const { sdk } = memorySdk()
    const message = await streamMessage(sdk, plaintext, { algorithm: 'AES_GCM_NOPADDING_256' })
    const downgraded = Buffer.from(message)
    downgraded.writeUInt32BE(algorithms.findIndex(({ name }) => name === algorithm) + 1, 4)
    const { handedOut, error } = await drain(inChunks(downgraded).pipe(sdk.decryptStream(allowed)))
    expect(handedOut).toHaveLength(0)
    expect(error).toBeInstanceOf(OsscryptError)
  })
})

test('requiredContext is checked before KMS is asked', async () => {
  const { sdk, kms } = memorySdk()
  const encryptionContext = { a: '1', ['__proto__']: 'x' }
  const { message } = await sdk.encrypt(patternBytes(10), { encryptionContext })
  const streamed = await streamMessage(sdk, patternBytes(10), { encryptionContext })
  kms.requests.length = 0
  const refused: Record<string, string>[] = [
    { a: '2' },
    { a: '' },
    { b: '1' },
    { toString: 'x' },
    { a: '1', constructor: '' },
  ]
  for (const requiredContext of refused) {
    expect(await rejection(sdk.decrypt(message, { requiredContext }))).toMatchObject({ code: 'ContextMismatch' })
    const { error } = await drain(inChunks(streamed).pipe(sdk.decryptStream({ requiredContext })))
    expect(error).toMatchObject({ code: 'ContextMismatch' })
  }
  expect(kms.requests).toEqual([])
  for (const requiredContext of [{}, { a: '1' }, { ['__proto__']: 'x' }, encryptionContext]) {
    expect((await sdk.decrypt(message, { requiredContext })).plaintext).toHaveLength(10)
  }
})
