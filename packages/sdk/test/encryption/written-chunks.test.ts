import { Readable, type Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { rejection } from '../support/rejection.js'
import { cutAt, memorySdk, streamMessage } from './memory-sdk.js'

const { sdk } = memorySdk()

/** Writes all of `bytes` through one buffer, which is filled anew as soon as the stream gives it back. */
async function writeThroughOneBuffer(stream: Duplex, bytes: Uint8Array, size: number): Promise<Buffer> {
  const output = buffer(stream)
  const shared = Buffer.alloc(size)
  for (let start = 0; start < bytes.length; start += size) {
    const part = bytes.subarray(start, start + size)
    shared.set(part)
    await new Promise<void>((resolve, reject) => {
      stream.write(shared.subarray(0, part.length), (error) => (error ? reject(error) : resolve()))
    })
    shared.fill(0xee)
  }
  stream.end()
  return output
}

describe.each([100, 1000, 64 * 1024, 200 * 1024])('a writer that reuses a buffer of %d bytes', (size) => {
  const plaintext = patternBytes(700_000)

  test('encrypts what it wrote', async () => {
    const message = await writeThroughOneBuffer(sdk.encryptStream(), plaintext.subarray(0, size * 50), size)
    const opened = await buffer(Readable.from([message]).pipe(sdk.decryptStream()))
    expect(sameBytes(opened, plaintext.subarray(0, size * 50))).toBe(true)
  })

  test.each([1000, undefined])('decrypts what it wrote, held in memory to %s bytes', async (memoryLimit) => {
    const written = plaintext.subarray(0, size * 50)
    const message = await streamMessage(sdk, written)
    const opened = await writeThroughOneBuffer(sdk.decryptStream({ memoryLimit }), message, size)
    expect(sameBytes(opened, written)).toBe(true)
  })
})

/** What comes back of chunks that were written. */
async function roundTrip(write: (stream: Duplex) => void): Promise<string> {
  const stream = sdk.encryptStream()
  write(stream)
  return (await buffer(stream.pipe(sdk.decryptStream()))).toString()
}

describe('chunks that are not bytes', () => {
  test('text is UTF-8, or what its encoding says', async () => {
    expect(await roundTrip((stream) => stream.end('密文 🔑'))).toBe('密文 🔑')
    expect(await roundTrip((stream) => stream.end(Buffer.from('密文').toString('hex'), 'hex'))).toBe('密文')
    expect(await roundTrip((stream) => stream.end(Buffer.from('密文').toString('base64'), 'base64'))).toBe('密文')
  })

  test('views of any kind of bytes', async () => {
    const bytes = new TextEncoder().encode('hello')
    expect(await roundTrip((stream) => stream.end(bytes))).toBe('hello')
    const source = Readable.from(cutAt(bytes, [2, 3])).pipe(sdk.encryptStream())
    expect((await buffer(source.pipe(sdk.decryptStream()))).toString()).toBe('hello')
  })

  test.each([
    ['a lone surrogate', '\ud83d'],
    ['a number', 7],
    ['an object', {}],
  ])('%s is refused', async (_title, chunk) => {
    const stream = sdk.encryptStream()
    stream.write(chunk)
    expect(await rejection(buffer(stream))).toBeInstanceOf(TypeError)
  })

  test('an ArrayBuffer is its bytes', async () => {
    const source = Readable.from([Uint8Array.from([97, 98, 99]).buffer])
    expect((await buffer(source.pipe(sdk.encryptStream()).pipe(sdk.decryptStream()))).toString()).toBe('abc')
  })

  test('empty ones mean nothing', async () => {
    const source = Readable.from(['', Buffer.alloc(0), 'a', new Uint8Array(0), 'b', ''])
    expect((await buffer(source.pipe(sdk.encryptStream()).pipe(sdk.decryptStream()))).toString()).toBe('ab')
  })
})

test.each([100, 300_000, 1_500_000])('bytes that are shared with other threads, %d of them', async (length) => {
  const { sdk } = memorySdk()
  const shared = new Uint8Array(new SharedArrayBuffer(length)).fill(7)
  const { message } = await sdk.encrypt(shared)
  const sharedMessage = new Uint8Array(new SharedArrayBuffer(message.length))
  sharedMessage.set(message)
  expect(Buffer.compare((await sdk.decrypt(sharedMessage)).plaintext, Buffer.alloc(length, 7))).toBe(0)
  const stream = await buffer(sdk.encryptStream().end(shared))
  expect(Buffer.compare(await buffer(sdk.decryptStream().end(stream)), Buffer.alloc(length, 7))).toBe(0)
})
