import { createReadStream } from 'node:fs'
import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

const MIB = 1024 * 1024

describe('a source that fails', () => {
  const fixture = useCloud()

  test('a stream of a file that is not there rejects with what the file system says', async () => {
    const stream = createReadStream(join(fixture.folder, 'none'))
    expect(await rejection(fixture.client().put('object', stream))).toMatchObject({ code: 'ENOENT' })
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('a stream that fails while KMS is asked', async () => {
    fixture.cloud.faults.add({ service: 'kms', effect: { kind: 'delay', delayMs: 100 } })
    const stream = new PassThrough()
    const failure = new Error('the disk is gone')
    setTimeout(() => stream.destroy(failure), 20)
    expect(await rejection(fixture.client().put('object', stream))).toBe(failure)
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('a stream that ends too early is an error, not a short object', async () => {
    const stream = new PassThrough()
    stream.write(Buffer.alloc(100))
    setTimeout(() => stream.destroy(), 20)
    await rejection(within(2000, fixture.client().put('object', stream)))
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('a stream that fails in the middle', async () => {
    const failure = new Error('the network is gone')
    const stream = Readable.from(
      (async function* () {
        for (let index = 0; index < 40; index += 1) yield Buffer.alloc(64 * 1024)
        throw failure
      })(),
    )
    expect(await rejection(fixture.client({ memoryLimit: MIB }).put('object', stream))).toBe(failure)
    expect(failure.message).toBe('the network is gone')
    expect(fixture.operations()).not.toContain('oss PutObject')
    expect(await fixture.files()).toEqual([])
  })

  test('a web stream that fails', async () => {
    const failure = new Error('the page was closed')
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(failure)
      },
    })
    expect(await rejection(fixture.client().put('object', stream as never))).toBe(failure)
  })

  test('a stream is destroyed when KMS refuses, so that its file is closed', async () => {
    fixture.cloud.faults.add({ service: 'kms', effect: { kind: 'error', status: 403 }, times: Infinity })
    const stream = Readable.from([Buffer.alloc(10)])
    await expect(fixture.client().put('object', stream)).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(stream.destroyed).toBe(true)
  })

  test('a stream is destroyed when OSS refuses', async () => {
    fixture.cloud.faults.add({ service: 'oss', effect: { kind: 'error', status: 403 }, times: Infinity })
    const stream = Readable.from([Buffer.alloc(10)])
    await expect(fixture.client().put('object', stream)).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(stream.destroyed).toBe(true)
  })
})

describe('a source that changes between two readings', () => {
  const fixture = useCloud()
  const size = 5 * MIB

  test.each([
    ['a byte at the start', (bytes: Buffer) => (bytes[0]! ^= 1)],
    ['a byte in the middle', (bytes: Buffer) => (bytes[2 * MIB + 12345]! ^= 1)],
    ['the last byte', (bytes: Buffer) => (bytes[size - 1]! ^= 1)],
  ])('a buffer: %s', async (_title, change) => {
    const bytes = patternBytes(size)
    const client = fixture.client({ memoryLimit: MIB, store: changingStore(() => change(bytes)) })
    await expect(client.put('object', bytes)).rejects.toMatchObject({ code: 'SourceChanged' })
    await expect(fixture.oss.head('object')).rejects.toMatchObject({ status: 404 })
  })

  test.each([
    [
      'is written to',
      async (path: string, bytes: Buffer) => writeFile(path, Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')])),
    ],
    ['grows', async (path: string) => appendFile(path, 'x')],
    ['shrinks', async (path: string) => truncate(path, size - 1)],
    ['becomes empty', async (path: string) => truncate(path, 0)],
    ['shrinks to a whole block', async (path: string) => truncate(path, 2 * MIB)],
  ])('a file that %s', async (_title, change) => {
    const path = join(fixture.folder, 'source.bin')
    const bytes = patternBytes(size, 2)
    await writeFile(path, bytes)
    const client = fixture.client({ memoryLimit: MIB, store: changingStore(() => change(path, bytes)) })
    await expect(client.put('object', path)).rejects.toMatchObject({ code: 'SourceChanged' })
    await expect(fixture.oss.head('object')).rejects.toMatchObject({ status: 404 })
    expect(fixture.operations().filter((operation) => operation === 'oss PutObject').length).toBeLessThanOrEqual(1)
  })

  test('a file that changes before the second attempt', async () => {
    const path = join(fixture.folder, 'source.bin')
    await writeFile(path, patternBytes(size, 3))
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'PutObject',
      effect: { kind: 'cut', of: 'request', afterBytes: 3 * MIB },
    })
    const retry = {
      maxAttempts: 3,
      delayMs: () => {
        changed ??= appendFile(path, 'x')
        return 50
      },
    }
    let changed: Promise<void> | undefined
    await expect(fixture.client({ memoryLimit: MIB, retry }).put('object', path)).rejects.toMatchObject({
      code: 'SourceChanged',
    })
    expect(changed).toBeDefined()
    await expect(fixture.oss.head('object')).rejects.toMatchObject({ status: 404 })
  })

  test('a small buffer may be reused by the caller once the upload has begun', async () => {
    const bytes = patternBytes(1000)
    const before = Buffer.from(bytes)
    const client = fixture.client({ store: changingStore(() => bytes.fill(0)) })
    await client.put('object', bytes)
    expect((await fixture.client().get('object')).content).toEqual(before)
  })

  /** The fixture's ali-oss client, in whose uploads something happens before the first byte is sent. */
  function changingStore(change: () => unknown): typeof fixture.oss {
    return new Proxy(fixture.oss, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property)
        if (property !== 'put' && property !== 'putStream') return value
        return async function (this: unknown, ...args: unknown[]) {
          await change()
          return (value as (...args: unknown[]) => Promise<unknown>).apply(this, args)
        }
      },
    })
  }
})
