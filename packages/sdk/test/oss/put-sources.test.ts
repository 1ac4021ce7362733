import { openAsBlob } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Duplex, PassThrough, Readable, Writable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import type { PutOptions, PutSource } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

// What people pass to `put`: taken as a whole, or refused at once with what is taken.

const MIB = 1024 * 1024
const fixture = useCloud()
const bytes = patternBytes(2 * MIB + 24)
const path = (): string => join(fixture.folder, 'source.bin')
const client = (options = {}) => fixture.client({ memoryLimit: MIB / 2, multipartThreshold: MIB, ...options })
const foreign = (expression: string): Uint8Array => runInNewContext(expression, { bytes }) as Uint8Array

const sources: readonly (readonly [string, () => unknown])[] = [
  ['an ArrayBuffer', () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)],
  [
    'a SharedArrayBuffer',
    () => {
      const shared = new SharedArrayBuffer(bytes.length)
      new Uint8Array(shared).set(bytes)
      return shared
    },
  ],
  ['a DataView', () => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)],
  ['a Float64Array', () => new Float64Array(Uint8Array.from(bytes).buffer)],
  ['a Uint8ClampedArray', () => Uint8ClampedArray.from(bytes)],
  ['a Uint8Array of another realm', () => foreign('Uint8Array.from(bytes)')],
  ['an ArrayBuffer of another realm', () => foreign('Uint8Array.from(bytes).buffer')],
  ['a Blob', () => new Blob([bytes])],
  ['a File', () => new File([bytes], 'report.pdf')],
  ['a Blob of a file', () => openAsBlob(path())],
  ['a Response', () => new Response(bytes)],
  ['a Request', () => new Request('http://127.0.0.1', { method: 'POST', body: bytes })],
  ['a URL of a file', () => pathToFileURL(path())],
  ['a URL of another realm', () => ({ ...urlFields(pathToFileURL(path())) })],
  ['a web stream of ArrayBuffers', () => new ReadableStream({ start: enqueue(Uint8Array.from(bytes).buffer) })],
  [
    'a web stream of bytes of another realm',
    () => new ReadableStream({ start: enqueue(foreign('Uint8Array.from(bytes)')) }),
  ],
  ['a Readable of bytes of another realm', () => Readable.from([foreign('Uint8Array.from(bytes)')])],
  ['an async generator', () => chunks()],
  ['another async iterable', () => ({ [Symbol.asyncIterator]: chunks })],
  ['a stream of the time before async iteration', () => oldStream()],
]

const formats: readonly PutOptions[] = [{}, { format: 'floe', segmentLength: 64 * 1024 }]

describe.each(formats)('taken, %o', (options) => {
  test.each(sources)('%s', async (_what, make) => {
    await writeFile(path(), bytes)
    await client().put('object', (await make()) as PutSource, options)
    expect(sameBytes((await client().get('object')).content, bytes)).toBe(true)
  })

  test('a FileHandle, from its start, which stays open and where it is', async () => {
    await writeFile(path(), bytes)
    const handle = await open(path())
    await handle.read(Buffer.alloc(10), 0, 10)
    await client().put('object', handle, options)
    expect(sameBytes((await client().get('object')).content, bytes)).toBe(true)
    const { buffer } = await handle.read(Buffer.alloc(10), 0, 10)
    expect(buffer.equals(bytes.subarray(10, 20))).toBe(true)
    await handle.close()
  })

  test('an answer of fetch, as it comes', async () => {
    const server = createServer((_request, response) => response.end(bytes)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await client().put('object', await fetch(`http://127.0.0.1:${port}`), options)
    expect(sameBytes((await client().get('object')).content, bytes)).toBe(true)
    await new Promise((resolve) => server.close(resolve))
  })
})

test.each<[string, () => PutSource, string]>([
  ['a Blob’s', () => new Blob(['x'], { type: 'image/png' }), 'image/png'],
  ['a File’s name', () => new File(['x'], 'report.pdf'), 'application/pdf'],
  ['a Response’s', () => new Response('x', { headers: { 'content-type': 'text/css' } }), 'text/css'],
])('the Content-Type is %s', async (_whose, make, expected) => {
  await client().put('object', make())
  expect((await client().head('object')).res.headers['content-type']).toBe(expected)
})

describe('refused at once', () => {
  const refused: readonly (readonly [string, () => unknown])[] = [
    ['a Writable', () => new Writable()],
    ['a Duplex that cannot be read', () => new Duplex(Object.assign({ write: () => undefined }, { readable: false }))],
    ['a WritableStream', () => new WritableStream()],
    ['a TransformStream', () => new TransformStream()],
    ['a list of chunks', () => [bytes]],
    ['a Map', () => new Map()],
    ['a URL of no file', () => new URL('http://127.0.0.1/object')],
    ['a Response without a body', () => new Response(null)],
    ['a Response that reports an error', () => new Response('<Error/>', { status: 404 })],
    ['a FileHandle of no file', () => open('/dev/null')],
    ['the path of a device', () => '/dev/zero'],
  ]
  test.each(refused)('%s', async (_what, make) => {
    const source = await make()
    const error = await rejection(within(1000, client().put('object', source as PutSource)))
    expect(error).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
    if (typeof source === 'object' && source !== null && 'fd' in source) await (source as unknown as FileHandle).close()
  })

  test.each([undefined, null, 5, true, [1], new Map(), Promise.resolve(bytes), new Writable()])(
    'and says what is taken: %s',
    async (source) => {
      const { message } = await rejection(client().put('object', source as never))
      for (const word of ['typed array', 'path', 'FileHandle', 'Blob', 'Response', 'stream', 'async iterable']) {
        expect(message).toContain(word)
      }
    },
  )

  const spoilt: readonly (readonly [string, () => Promise<PutSource>])[] = [
    ['a Readable that has ended', async () => drained(Readable.from([bytes]))],
    ['a Readable of which something was read', async () => startedReadable()],
    ['a Readable that flows elsewhere', () => Promise.resolve(new PassThrough().resume())],
    ['a Readable that was destroyed', () => Promise.resolve(Readable.from([bytes]).destroy())],
    ['a web stream that is locked', () => Promise.resolve(lockedStream())],
    ['a web stream of which something was read', async () => startedWebStream()],
    ['a Response that was read', async () => drainedResponse()],
    ['bytes that were transferred', () => Promise.resolve(transferred())],
  ]
  test.each(spoilt)('%s', async (_what, make) => {
    const error = await rejection(within(1000, client().put('object', await make())))
    expect(error).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })
})

test('a stream that somebody reads while KMS is asked is refused: the object would lack what they got', async () => {
  fixture.cloud.faults.add({ service: 'kms', effect: { kind: 'delay', delayMs: 200 } })
  const stream = Readable.from([bytes, bytes])
  const putting = rejection(within(3000, client().put('object', stream)))
  setTimeout(() => stream.once('data', () => undefined), 50)
  expect(await putting).toBeInstanceOf(TypeError)
  expect(fixture.operations().filter((operation) => operation.startsWith('oss'))).toEqual([])
})

test('an abort ends a source that gives nothing, whatever it is', async () => {
  const never = () => new Promise<never>(() => undefined)
  for (const source of [
    new PassThrough(),
    new ReadableStream({ pull: never }),
    { [Symbol.asyncIterator]: () => ({ next: never }) },
    new Response(new ReadableStream({ pull: never }) as never),
  ]) {
    const signal = AbortSignal.timeout(100)
    expect(await rejection(within(2000, client().put('object', source, { signal })))).toBe(signal.reason)
  }
})

test('a generator that is not read to its end is ended', async () => {
  let ended = false
  const source = (async function* () {
    try {
      for (;;) yield await Promise.resolve(bytes)
    } finally {
      ended = true
    }
  })()
  fixture.cloud.faults.add({ service: 'oss', effect: { kind: 'error', status: 403 }, times: Infinity })
  await rejection(client().put('object', source, { format: 'floe' }))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(ended).toBe(true)
})

type FileHandle = Awaited<ReturnType<typeof open>>

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_001) yield await Promise.resolve(bytes.subarray(at, at + 100_001))
}

function enqueue(chunk: unknown) {
  return (controller: { enqueue(chunk: unknown): void; close(): void }) => {
    controller.enqueue(chunk)
    controller.close()
  }
}

function urlFields({ href, protocol, pathname, hostname, search, hash, host }: URL): object {
  return { href, protocol, pathname, hostname, search, hash, host }
}

/** As streams were before Node 0.10. */
function oldStream(): object {
  const inner = Readable.from(chunks())
  return {
    readable: true,
    on(event: string, listener: (...args: unknown[]) => void) {
      inner.on(event, listener)
      return this
    },
    pipe: () => undefined,
    pause: () => inner.pause(),
    resume: () => inner.resume(),
  }
}

async function drained(stream: Readable): Promise<Readable> {
  await stream.toArray()
  return stream
}

async function startedReadable(): Promise<Readable> {
  const stream = new PassThrough()
  stream.write(bytes.subarray(0, 100))
  await new Promise((resolve) => stream.once('readable', resolve))
  stream.read(10)
  return stream
}

function lockedStream(): ReadableStream {
  const stream = new ReadableStream()
  stream.getReader()
  return stream
}

async function startedWebStream(): Promise<ReadableStream> {
  const stream = new Blob([bytes]).stream()
  const reader = stream.getReader()
  await reader.read()
  reader.releaseLock()
  return stream
}

async function drainedResponse(): Promise<Response> {
  const response = new Response('text')
  await response.text()
  return response
}

function transferred(): Uint8Array {
  const own = Uint8Array.from(bytes)
  structuredClone(own.buffer, { transfer: [own.buffer] })
  return own
}
