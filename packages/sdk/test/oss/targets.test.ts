import { open, readFile, stat } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { IntegrityError } from 'osscrypt'
import type { GetTarget, PutOptions } from 'osscrypt/oss'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const data = patternBytes(3_000_000)
const formats: readonly (readonly [string, PutOptions])[] = [
  ['gcm', {}],
  ['floe', { format: 'floe', segmentLength: 65_536 }],
]
const path = () => join(fixture.folder, 'target')

/** What takes bytes slowly, a piece at a time. */
class Slow extends Writable {
  readonly pieces: Buffer[] = []
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.pieces.push(Buffer.from(chunk))
    setImmediate(done)
  }
}

describe.each(formats)('%s is read', (_format, options) => {
  beforeEach(async () => {
    await fixture.client().put('object', data, options)
  })

  test('into a stream, which is ended', async () => {
    const target = new Slow({ highWaterMark: 1000 })
    const info = await within(10_000, fixture.client().get('object', target, { requireBinding: true }))
    expect(target.writableFinished).toBe(true)
    expect(sameBytes(Buffer.concat(target.pieces), data)).toBe(true)
    expect(info).not.toHaveProperty('stream')
    expect(info.encryption.encryptionContext).toEqual({ 'osscrypt:object': 'object' })
    expect(await fixture.files()).toEqual([])
  })

  test('into the answer of a server', async () => {
    const server = createServer((_request, answer) => void fixture.client().get('object', answer))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const received = await new Promise<Buffer>((resolve, reject) => {
      get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, (answer) => {
        buffer(answer).then(resolve, reject)
      })
    })
    server.close()
    expect(sameBytes(received, data)).toBe(true)
  })

  test('into an open file, from where it stands, which stays open', async () => {
    const file = await open(path(), 'w')
    await file.write('before ')
    await fixture.client().get('object', file)
    await file.write(' after')
    await file.close()
    const expected = Buffer.concat([Buffer.from('before '), data, Buffer.from(' after')])
    expect(sameBytes(await readFile(path()), expected)).toBe(true)
  })

  test('into an open file until it cannot be, or is aborted', async () => {
    const reading = await open(path(), 'w').then(async (file) => {
      await file.close()
      return open(path(), 'r')
    })
    const failed = await rejection(within(5000, fixture.client().get('object', reading)))
    expect(failed).toMatchObject({ code: 'EBADF' })
    await reading.close()
    const file = await open(path(), 'w')
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    expect(await rejection(within(5000, fixture.client().get('object', file, { signal })))).toBe(reason)
    await file.close()
  })

  test('into the URL of a file, as into its path', async () => {
    await fixture.client().get('object', pathToFileURL(path()), { parallel: 2, partLength: 1024 * 1024 })
    expect(sameBytes(await readFile(path()), data)).toBe(true)
    expect((await stat(path())).isFile()).toBe(true)
    expect(await fixture.files()).toEqual(['target'])
  })

  test('up to where it is verified', async () => {
    const { body, meta } = await readStored(fixture.oss, 'object')
    body[body.length - 1]! ^= 1
    await writeStored(fixture.oss, 'object', { body, meta })
    const target = new Slow()
    const failed = await rejection(fixture.client().get('object', target))
    expect(failed).toBeInstanceOf(IntegrityError)
    // As long as nothing was written, it is of use.
    expect(target.destroyed).toBe(options.format === 'floe')
    expect(target.writableFinished).toBe(false)
    const received = Buffer.concat(target.pieces)
    if (options.format !== 'floe') expect(received).toHaveLength(0)
    expect(sameBytes(received, data.subarray(0, received.length))).toBe(true)
    expect(received.length).toBeLessThan(data.length)
  })

  test('into a stream that fails, or until it is aborted', async () => {
    const failure = new Error('the disk is full')
    const failing = new Writable({
      write: (_chunk, _encoding, done) => {
        done(failure)
      },
    })
    expect(await rejection(within(5000, fixture.client().get('object', failing)))).toBe(failure)
    const controller = new AbortController()
    const reason = new Error('enough')
    // Takes nothing more than fits.
    const full = new PassThrough({ highWaterMark: 10 })
    const reading = rejection(within(5000, fixture.client().get('object', full, { signal: controller.signal })))
    await vi.waitFor(() => {
      expect(full.readableLength).toBeGreaterThan(0)
    })
    controller.abort(reason)
    expect(await reading).toBe(reason)
    expect(full.destroyed).toBe(true)
  })
})

test.each([
  ['a stream that was ended', () => new PassThrough().end()],
  ['a stream that was destroyed', () => new PassThrough().destroy()],
  ['a web stream', () => new WritableStream()],
  ['bytes', () => Buffer.alloc(10)],
  ['a list', () => ['path']],
  ['a Map', () => new Map([['path', 'x']])],
  ['null', () => null],
  ['a number', () => 1],
  ['an address of the web', () => new URL('https://example.com/file')],
  ['a stream to read from', () => new PassThrough().end().resume()],
  ['a function', () => () => undefined],
])('%s is no target, and nothing is asked', async (_title, target) => {
  const refused = await rejection(fixture.client().get('object', target() as GetTarget))
  expect(refused).toBeInstanceOf(TypeError)
  expect(fixture.operations()).toEqual([])
})

test('what is no target is told what is one', async () => {
  const refused = await rejection(fixture.client().get('object', new WritableStream() as never))
  for (const taken of ['path', 'URL', 'Writable', 'FileHandle']) expect(refused.message).toContain(taken)
})

test('a checkpoint is kept of files only', async () => {
  const options = { checkpoint: join(fixture.folder, 'checkpoint') }
  for (const reading of [
    fixture.client().get('object', options as never),
    fixture.client().get('object', new PassThrough(), options as never),
    fixture.client().getStream('object', options as never),
  ]) {
    expect(await rejection(reading)).toBeInstanceOf(TypeError)
  }
  expect(fixture.operations()).toEqual([])
})
