import OSS from 'ali-oss'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import type { ObjectStore } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { endProxiesAfterEach, startRecordingProxy, type RecordingProxy } from '../support/recording-proxy.js'
import { rejection } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const MIB = 1024 * 1024
const fixture = useCloud()
endProxiesAfterEach()

async function proxied(): Promise<{ proxy: RecordingProxy; store: OSS }> {
  const proxy = await startRecordingProxy(fixture.cloud.oss.endpoint)
  return { proxy, store: new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: proxy.endpoint }) }
}

describe('a download that breaks', () => {
  const plaintext = patternBytes(4 * MIB + 3)

  test('goes on where it ended, of the same object only', async () => {
    await fixture.client().put('object', plaintext)
    const { proxy, store } = await proxied()
    for (const afterBytes of [1, 100_000, 3 * MIB])
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        effect: { kind: 'cut', of: 'answer', afterBytes },
      })
    const { content, res } = await fixture.client({ store }).get('object')
    expect(sameBytes(content, plaintext)).toBe(true)
    expect(res.status).toBe(200)
    const [first, ...others] = proxy.requests
    expect(first!.headers).not.toHaveProperty('range')
    expect(others).toHaveLength(3)
    let last = 0
    for (const { headers } of others) {
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
      expect(Number(start)).toBeGreaterThanOrEqual(last)
      last = Number(start)
      expect(Number(end)).toBe(plaintext.length - 1)
      expect(headers['if-match']).toBe(res.headers['etag'])
      expect(headers['x-oss-range-behavior']).toBe('standard')
    }
    expect(fixture.operations().filter((operation) => operation === 'kms Decrypt')).toHaveLength(1)
  })

  test('of a range goes on inside the range', async () => {
    await fixture.client().put('object', plaintext)
    const { proxy, store } = await proxied()
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      effect: { kind: 'cut', of: 'answer', afterBytes: MIB },
    })
    const client = fixture.client({ store })
    const { content } = await client.getRange('object', { start: 1001, end: 2 * MIB }, { allowUnverifiedRange: true })
    expect(sameBytes(content, plaintext.subarray(1001, 2 * MIB + 1))).toBe(true)
    expect(proxy.requests[1]!.headers.range).toMatch(new RegExp(`^bytes=\\d+-${2 * MIB}$`))
  })

  test.each(['get', 'getStream', 'file'] as const)(
    'is given up when the object was replaced meanwhile: %s',
    async (how) => {
      const client = fixture.client()
      await client.put('object', plaintext)
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        effect: { kind: 'cut', of: 'answer', afterBytes: MIB },
      })
      fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', effect: { kind: 'delay', delayMs: 2500 } })
      const reading = rejection(
        how === 'file' ? client.get('object', join(fixture.folder, 'file')) : client[how]('object'),
      )
      while (fixture.operations().filter((operation) => operation === 'oss GetObject').length < 2) await sleep(5)
      await fixture.client().put('object', patternBytes(plaintext.length, 7))
      expect(await reading).toMatchObject({ code: 'ObjectChanged', service: 'oss' })
      expect(await fixture.files()).toEqual([])
    },
  )

  test('is taken up again as long as it gets on, however often it breaks', async () => {
    await fixture.client().put('object', plaintext)
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      effect: { kind: 'cut', of: 'answer', afterBytes: MIB + 70_000 },
      times: 3,
    })
    const client = fixture.client({ retry: { maxAttempts: 2, delayMs: () => 1 } })
    expect(sameBytes((await client.get('object')).content, plaintext)).toBe(true)
  })

  test('before the object’s key has come from KMS', async () => {
    await fixture.client().put('object', plaintext)
    fixture.cloud.faults.add({ service: 'kms', operation: 'Decrypt', effect: { kind: 'delay', delayMs: 200 } })
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      effect: { kind: 'cut', of: 'answer', afterBytes: 1000 },
    })
    expect(sameBytes((await fixture.client().get('object')).content, plaintext)).toBe(true)
  })
})

describe('an upload that breaks', () => {
  const size = 5 * MIB + 17

  test.each([
    ['a buffer that is read again', (bytes: Buffer) => bytes, MIB],
    ['a buffer that is held', (bytes: Buffer) => bytes, 100 * MIB],
    ['a file', (_bytes: Buffer, path: string) => path, MIB],
    ['a stream in memory', (bytes: Buffer) => Readable.from([bytes]), 100 * MIB],
    ['a stream in a temporary file', (bytes: Buffer) => Readable.from([bytes]), MIB],
  ])('sends the same bytes again: %s', async (_title, make, memoryLimit) => {
    const { proxy, store } = await proxied()
    const bytes = patternBytes(size)
    const path = join(fixture.folder, 'source')
    await writeFile(path, bytes)
    proxy.cutAfter.push(100, 3 * MIB, size - 1)
    await fixture.client({ store, memoryLimit, idleTimeoutMs: 10_000 }).put('object', make(bytes, path))
    const puts = proxy.requests.filter(({ method }) => method === 'PUT')
    expect(puts).toHaveLength(4)
    const last = puts[3]!
    expect(last.complete).toBe(true)
    const ciphertext = last.body()
    expect(ciphertext).toHaveLength(size)
    for (const attempt of puts) {
      const sent = attempt.body()
      expect(sameBytes(sent, ciphertext.subarray(0, sent.length))).toBe(true)
      for (const name of ['header', 'iv', 'authtag'])
        expect(attempt.headers[`x-oss-meta-x-oss-meta-${name}`]).toBe(last.headers[`x-oss-meta-x-oss-meta-${name}`])
    }
    expect(sameBytes((await readStored(fixture.oss, 'object')).body, ciphertext)).toBe(true)
    expect(sameBytes((await fixture.client().get('object')).content, bytes)).toBe(true)
    expect(await fixture.files()).toEqual(['source'])
  })

  test('uses a new data key and a new iv for every put', async () => {
    const client = fixture.client()
    const seen = new Set<string>()
    for (let round = 0; round < 5; round += 1) {
      await client.put('object', Buffer.alloc(64))
      const { body, meta } = await readStored(fixture.oss, 'object')
      seen.add(body.toString('hex')).add(meta['x-oss-meta-iv']!).add(meta['x-oss-meta-header']!)
    }
    expect(seen.size).toBe(15)
  })
})

describe('a store that lies', () => {
  /** The real store, with some of its methods replaced. */
  function lying(change: Partial<ObjectStore>): ObjectStore {
    const honest: ObjectStore = {
      put: async (name, body, options) => {
        const content = body.bytes ? Buffer.from(body.bytes) : await buffer(body.open())
        const meta = Object.entries(options.headers ?? {}).map(([key, value]) => [
          key.slice('x-oss-meta-'.length),
          value,
        ])
        const { res } = await fixture.oss.put(name, content, { meta: Object.fromEntries(meta) as never })
        return { status: res.status, headers: res.headers as Record<string, string> }
      },
      get: async (name) => {
        const { stream, res } = (await fixture.oss.getStream(name)) as never as {
          stream: Readable
          res: { status: number; headers: Record<string, string> }
        }
        return { status: res.status, headers: res.headers, body: stream }
      },
      head: () => Promise.reject(new Error('not used')),
      delete: () => Promise.reject(new Error('not used')),
      copy: () => Promise.reject(new Error('not used')),
    }
    return { ...honest, ...change }
  }
  const plaintext = patternBytes(300_000)

  test('about the checksum of what it stored', async () => {
    let attempts = 0
    const honest = lying({})
    const store = lying({
      put: async (...args) => {
        attempts += 1
        const answer = await honest.put(...args)
        return { ...answer, headers: { ...answer.headers, 'x-oss-hash-crc64ecma': '1' } }
      },
    })
    expect(await rejection(fixture.client({ store }).put('object', plaintext))).toMatchObject({
      name: 'ServiceError',
      code: 'ChecksumMismatch',
    })
    expect(attempts).toBe(4)
    await fixture.client({ store, checkCrc64: false }).put('object', plaintext)
  })

  test('by storing other bytes', async () => {
    let attempts = 0
    const honest = lying({})
    const store = lying({
      put: async (name, body, options) => {
        attempts += 1
        const bytes = Buffer.from(body.bytes ?? (await buffer(body.open())))
        if (attempts === 1) bytes[5]! ^= 1
        return honest.put(name, { ...body, bytes, length: bytes.length }, options)
      },
    })
    await fixture.client({ store }).put('object', plaintext)
    expect(attempts).toBe(2)
    expect(sameBytes((await fixture.client().get('object')).content, plaintext)).toBe(true)
  })

  test.each<[string, (bytes: Buffer) => Buffer[]]>([
    ['fewer bytes than it says', (bytes) => [bytes.subarray(0, -1)]],
    ['more bytes than it says', (bytes) => [bytes, Buffer.from('x')]],
    ['nothing', () => []],
  ])('by giving %s', async (_title, change) => {
    await fixture.client().put('object', plaintext)
    const honest = lying({})
    const store = lying({
      get: async (...args) => {
        const { body, ...answer } = await honest.get(...args)
        return { ...answer, body: Readable.from(change(await buffer(body))) }
      },
    })
    expect(await rejection(fixture.client({ store }).get('object'))).toMatchObject({
      name: expect.stringMatching(/^(ServiceError|IntegrityError)$/) as string,
    })
  })

  test('by failing after the last byte, which does no harm', async () => {
    await fixture.client().put('object', plaintext)
    const honest = lying({})
    const store = lying({
      get: async (...args) => {
        const { body, ...answer } = await honest.get(...args)
        const bytes = await buffer(body)
        const failing = (async function* () {
          yield bytes
          throw new Error('connection reset')
        })()
        return { ...answer, body: Readable.from(failing) }
      },
    })
    expect(sameBytes((await fixture.client({ store }).get('object')).content, plaintext)).toBe(true)
  })
})
