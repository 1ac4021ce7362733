import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { ObjectStore, PutOptions } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { tailLength } from '../../src/message/message-ends.js'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { SpyStore } from '../support/spy-store.js'
import { rejection, within } from '../support/rejection.js'

// What is verified at its end only is fetched once to be verified, and again to be handed out: nothing is held, and nothing unverified is seen.

const MIB = 1024 * 1024
const PIECE = MIB / 2
const fixture = useCloud()
const data = patternBytes(4 * MIB + 77)

/** A store that changes the bytes of its answers, when it is told to. */
class ChangingStore extends SpyStore {
  change: ((bytes: Buffer) => void) | undefined

  override async get(...given: Parameters<ObjectStore['get']>) {
    const answer = await super.get(...given)
    if (!this.change) return answer
    const pieces: Uint8Array[] = []
    for await (const piece of answer.body) pieces.push(Uint8Array.from(piece))
    const bytes = Buffer.concat(pieces)
    this.change(bytes)
    return { ...answer, body: Readable.from([bytes]) }
  }
}

/** Verifies the object, changes what comes the second time, and reads it. `start` is where its ciphertext starts. */
async function readChanged(format: PutOptions, change: (bytes: Buffer, start: number) => void) {
  const store = new ChangingStore(new AliOssStore(fixture.oss, 1000))
  const { stream } = await fixture.client({ store, memoryLimit: MIB }).getStream('object', { fetchTwice: true })
  store.change = (bytes) => change(bytes, bytes.length - data.length - tailOf(format))
  return readAll(stream)
}

const gets = () => fixture.operations().filter((operation) => operation === 'oss GetObject')

async function readAll(stream: Readable): Promise<{ bytes: Buffer; error: (Error & { code?: string }) | undefined }> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of stream) pieces.push(piece as Buffer)
    return { bytes: Buffer.concat(pieces), error: undefined }
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error: error as Error }
  }
}

const formats: readonly (readonly [string, PutOptions])[] = [
  ['gcm', {}],
  ['gcm, AES-128', { algorithm: 'AES_GCM_NOPADDING_128' }],
  ['message-body, a message', { format: 'message-body' }],
  ['message-body, a stream', { format: 'message-body', messageForm: 'stream' }],
]

describe.each(formats)('%s', (_title, format) => {
  const put = () => fixture.client().put('object', data, format)

  test('gives the plaintext, and holds no file', async () => {
    await put()
    fixture.cloud.clearRequests()
    const steps: { bytes: number; total: number | undefined }[] = []
    const client = fixture.client({ memoryLimit: MIB })
    const { stream, length } = await client.getStream('object', {
      fetchTwice: true,
      progress: (step) => steps.push(step),
    })
    expect(length).toBe(data.length)
    expect(await fixture.files()).toEqual([])
    const before = gets().length
    const { bytes, error } = await readAll(stream)
    expect(error).toBeUndefined()
    expect(sameBytes(bytes, data)).toBe(true)
    expect(gets().length - before).toBe(1)
    const last = steps.at(-1)!
    expect(last.bytes).toBe(last.total)
    expect(last.total).toBeGreaterThanOrEqual(2 * data.length)
    expect(steps.every((step, index) => index === 0 || step.bytes >= steps[index - 1]!.bytes)).toBe(true)
  })

  test.each([
    ['one bit of the first piece', 0],
    ['one bit in the middle', 2 * MIB + 5],
    ['one bit of the last piece', 4 * MIB + 76],
  ])('hands out nothing of a piece of which %s is another the second time', async (_what, position) => {
    await put()
    const { bytes, error } = await readChanged(format, (answer, start) => {
      answer[start + position]! ^= 1
    })
    expect(error).toMatchObject({ code: 'IntegrityFailed' })
    expect(bytes.length).toBe(position - (position % PIECE))
    expect(sameBytes(bytes, data.subarray(0, bytes.length))).toBe(true)
  })

  test('fails when the pieces come in another order', async () => {
    await put()
    const { bytes, error } = await readChanged(format, (answer, start) => {
      const first = Buffer.from(answer.subarray(start, start + PIECE))
      answer.copyWithin(start, start + PIECE, start + 2 * PIECE)
      answer.set(first, start + PIECE)
    })
    expect(error).toMatchObject({ code: 'IntegrityFailed' })
    expect(bytes.length).toBe(0)
  })

  test('gives no stream of what is tampered with at the first time', async () => {
    await put()
    fixture.cloud.clearRequests()
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      times: Infinity,
      effect: { kind: 'corrupt', atByte: 3 * MIB },
    })
    const client = fixture.client({ memoryLimit: MIB })
    expect(await rejection(client.getStream('object', { fetchTwice: true }))).toMatchObject({ code: 'IntegrityFailed' })
  })

  test('fails when the object was replaced in between', async () => {
    await put()
    const client = fixture.client({ memoryLimit: MIB })
    const { stream } = await client.getStream('object', { fetchTwice: true })
    await fixture.client().put('object', patternBytes(data.length, 5), format)
    const { bytes, error } = await readAll(stream)
    expect(error).toMatchObject({ code: 'ObjectChanged' })
    expect(bytes.length).toBe(0)
  })

  test('goes on where the second connection broke', async () => {
    await put()
    const { stream } = await fixture.client({ memoryLimit: MIB }).getStream('object', { fetchTwice: true })
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      effect: { kind: 'cut', of: 'answer', afterBytes: 2 * MIB },
    })
    const { bytes, error } = await readAll(stream)
    expect(error).toBeUndefined()
    expect(sameBytes(bytes, data)).toBe(true)
  })

  test('ends the second connection when it is left, and when it is aborted', async () => {
    await put()
    const stall = () =>
      fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', effect: { kind: 'stall', afterBytes: MIB } })
    const client = fixture.client({ memoryLimit: MIB, idleTimeoutMs: 60_000 })
    const controller = new AbortController()
    for (const end of [(stream: Readable) => stream.destroy(), () => controller.abort(new Error('enough'))]) {
      const { stream } = await client.getStream('object', { fetchTwice: true, signal: controller.signal })
      stall()
      const reading = readAll(stream)
      await wait(300)
      end(stream)
      const { error, bytes } = await within(5000, reading)
      expect(error).toBeDefined()
      expect(bytes.length).toBeLessThan(2 * MIB)
    }
  })
})

/** Bytes behind the ciphertext. */
function tailOf({ format, messageForm = 'message' }: PutOptions): number {
  return format === 'message-body' ? tailLength(messageForm, algorithmByName('AES_GCM_NOPADDING_256')) : 0
}

test('what fits in memory, and what has segments, is fetched once', async () => {
  await fixture.client().put('small', patternBytes(1000))
  await fixture.client().put('floe', data, { format: 'floe' })
  fixture.cloud.clearRequests()
  for (const [name, bytes] of [
    ['small', patternBytes(1000)],
    ['floe', data],
  ] as const) {
    const { stream } = await fixture.client({ memoryLimit: MIB }).getStream(name, { fetchTwice: true })
    expect(sameBytes((await readAll(stream)).bytes, bytes)).toBe(true)
  }
  expect(gets()).toHaveLength(2)
})

test('what cannot be told piece by piece is held', async () => {
  const options = { algorithm: 'AES_CBC_PKCS5_256', allowUnauthenticatedAlgorithms: true } as const
  await fixture.client().put('object', data, options)
  const client = fixture.client({ memoryLimit: MIB })
  const { stream } = await client.getStream('object', { fetchTwice: true, allowUnauthenticatedAlgorithms: true })
  expect(sameBytes((await readAll(stream)).bytes, data)).toBe(true)
})
