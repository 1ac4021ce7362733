import { readdirSync, readlinkSync } from 'node:fs'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { EncryptionSdk, FormatError, type EncryptionTransform } from 'osscrypt'
import { beforeEach, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { rejection, within } from '../support/rejection.js'
import { memorySdk, streamMessage } from './memory-sdk.js'

/** Temporary files that this process has open; they have no name any more. */
const openTemporaryFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      return /\/osscrypt-[0-9a-f-]{36}/.test(path) ? [path] : []
    } catch {
      return []
    }
  })

const { sdk, kms } = memorySdk()
const plaintext = patternBytes(300_000)
const message = await streamMessage(sdk, plaintext)
let temporaryFolder = ''
beforeEach(async () => {
  temporaryFolder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  kms.handedOut.length = 0
  kms.before = () => undefined
  return async () => {
    expect(await readdir(temporaryFolder)).toEqual([])
    await rm(temporaryFolder, { recursive: true })
  }
})

/** What a stream that ends early ends with, once it is closed. */
async function ended(stream: EncryptionTransform): Promise<unknown> {
  const errors: unknown[] = []
  stream.on('error', (error) => errors.push(error))
  if (!stream.closed) await within(2000, new Promise((resolve) => stream.once('close', resolve)))
  await within(
    1000,
    stream.encryption.catch(() => undefined),
  )
  return errors[0]
}

/** The stages at which a stream can end early, as what was done with it before. */
const stages: readonly (readonly [string, (stream: EncryptionTransform) => Promise<void>])[] = [
  ['before anything', () => Promise.resolve()],
  ['inside the header', (stream) => feed(stream, message.subarray(0, 20))],
  ['inside the body', (stream) => feed(stream, message.subarray(0, 200_000))],
  [
    'with the plaintext waiting to be read',
    async (stream) => {
      stream.end(message)
      await once(stream, 'readable')
    },
  ],
]

async function feed(stream: EncryptionTransform, bytes: Uint8Array): Promise<void> {
  stream.resume()
  await new Promise((resolve) => stream.write(bytes, resolve))
  await sleep(5)
}

describe.each(stages)('decryption that is ended %s', (_stage, prepare) => {
  const open = (signal?: AbortSignal) => sdk.decryptStream({ memoryLimit: 1000, temporaryFolder, signal })
  const nothingIsLeft = () => {
    expect(openTemporaryFiles()).toEqual([])
    expect(kms.zeroed).toBe(true)
  }

  test('by destroy()', async () => {
    const stream = open()
    await prepare(stream)
    stream.destroy()
    expect(await ended(stream)).toBeUndefined()
    nothingIsLeft()
  })

  test('by destroy(error)', async () => {
    const stream = open()
    await prepare(stream)
    const reason = new Error('enough')
    stream.destroy(reason)
    expect(await ended(stream)).toBe(reason)
    nothingIsLeft()
  })

  test.each([undefined, Object.freeze(new Error('stop')), 'stop'])('by its signal, with reason %s', async (reason) => {
    const controller = new AbortController()
    const stream = open(controller.signal)
    await prepare(stream)
    controller.abort(reason)
    expect(await ended(stream)).toBe(controller.signal.reason)
    nothingIsLeft()
  })
})

test('encryption that is ended while it waits for input', async () => {
  const stream = sdk.encryptStream()
  await feed(stream, plaintext)
  stream.destroy()
  expect(await ended(stream)).toBeUndefined()
  expect(kms.zeroed).toBe(true)
})

test.each(['encryptStream', 'decryptStream'] as const)('%s: a signal that is aborted already', async (method) => {
  const before = kms.requests.length
  const stream = sdk[method]({ signal: AbortSignal.abort() })
  expect(await ended(stream)).toMatchObject({ name: 'AbortError' })
  expect(await rejection(stream.encryption)).toMatchObject({ name: 'AbortError' })
  expect(kms.requests).toHaveLength(before)
})

test('a provider that does not heed the signal holds nobody up, and its late data key is zeroed', async () => {
  let answer: (() => void) | undefined
  kms.before = () => new Promise<void>((resolve) => (answer = resolve))
  const controller = new AbortController()
  const stream = sdk.decryptStream({ signal: controller.signal })
  stream.write(message)
  await sleep(5)
  controller.abort()
  expect(await ended(stream)).toBe(controller.signal.reason)
  answer?.()
  await sleep(5)
  expect(kms.handedOut).toHaveLength(1)
  expect(kms.zeroed).toBe(true)
})

test('a consumer that stops early destroys the source too', async () => {
  const source = new PassThrough()
  source.write(message)
  source.end()
  const stream = sdk.decryptStream({ memoryLimit: 1000, temporaryFolder })
  const running = rejection(
    pipeline(source, stream, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) throw new Error(chunk.length > 0 ? 'full' : 'empty')
    }),
  )
  expect((await running).message).toBe('full')
  expect(source.destroyed).toBe(true)
  expect(stream.destroyed).toBe(true)
  await ended(stream)
  expect(openTemporaryFiles()).toEqual([])
})

test('an error of the source reaches the consumer and `encryption`', async () => {
  const failure = new Error('disk on fire')
  const source = new Readable({ read: () => source.destroy(failure) })
  const stream = sdk.decryptStream()
  expect(await rejection(pipeline(source, stream, buffer))).toBe(failure)
  expect(await rejection(stream.encryption)).toBe(failure)
})

test('an error of the format reaches the source', async () => {
  const source = Readable.from([Buffer.alloc(1000)], { objectMode: false })
  const stream = sdk.decryptStream()
  expect(await rejection(pipeline(source, stream, buffer))).toBeInstanceOf(FormatError)
  expect(source.destroyed).toBe(true)
  expect(await rejection(stream.encryption)).toBeInstanceOf(FormatError)
})

test('web streams end as the stream they stand for', async () => {
  const { readable, writable, encryption } = sdk.decryptWebStream({ memoryLimit: 1000, temporaryFolder })
  const writer = writable.getWriter()
  await writer.write(message.subarray(0, 100_000))
  await readable.cancel()
  await expect(writer.closed).rejects.toBeDefined()
  await encryption.catch(() => undefined)
  await sleep(50)
  expect(openTemporaryFiles()).toEqual([])
  expect(kms.zeroed).toBe(true)
})

test('nobody reads: what is written waits', async () => {
  const stream = sdk.encryptStream()
  let written = 0
  for (; written < 100 && stream.write(Buffer.alloc(64 * 1024)); written += 1) await sleep(1)
  expect(written).toBeLessThan(10)
  stream.destroy()
  await ended(stream)
})

test('`encryption` is there before anything is read', async () => {
  const stream = sdk.decryptStream()
  stream.write(message.subarray(0, 2000))
  expect(await within(1000, stream.encryption)).toMatchObject({ algorithm: 'AES_GCM_NOPADDING_256' })
  stream.end(message.subarray(2000))
  expect(sameBytes(await buffer(stream), plaintext)).toBe(true)
})

test('the constructor of streams throws nothing: misuse is the stream’s error', async () => {
  const broken = new EncryptionSdk({ dataKeys: {} as never })
  expect(await ended(broken.encryptStream({ algorithm: 'ROT13' as never }).resume())).toBeInstanceOf(RangeError)
  expect(await ended(sdk.encryptStream({ encryptionContext: { a: 1 as never } }).resume())).toBeInstanceOf(TypeError)
})
