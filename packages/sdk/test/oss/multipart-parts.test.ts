import { writeFile, open, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from 'osscrypt'
import type { OssEncryptionClientOptions } from 'osscrypt/oss'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'
import { differingBytes, floeNonces, SpyStore } from '../support/spy-store.js'

const MIB = 1024 * 1024
const SEGMENT = 256 * 1024
const PARTS = 7
const fixture = useCloud()
const data = patternBytes((PARTS - 1) * MIB + 5)
const other = patternBytes(data.length, 2)
const formats = ['gcm', 'floe'] as const
const optionsOf = (format: 'gcm' | 'floe') => ({
  format,
  partLength: MIB,
  ...(format === 'floe' && { segmentLength: SEGMENT }),
})
const spyStore = () => new SpyStore(new AliOssStore(fixture.oss, 10_000))
const clientOf = (store: SpyStore, options: Partial<OssEncryptionClientOptions> = {}) =>
  fixture.client({ store, multipartThreshold: MIB, memoryLimit: MIB, ...options })
const unavailable = () =>
  new ServiceError('ServiceFailure', 'not now', { service: 'oss', retryable: true, status: 503 })
const denied = () => new ServiceError('AccessDenied', 'never', { service: 'oss', retryable: false, status: 403 })
const uploads = () => fixture.client().listUploads()

/** Asserts that no nonce, and no place of a key stream, was used for two things. */
function expectNoReuse(store: SpyStore, format: 'gcm' | 'floe'): void {
  expect(store.attempts.length).toBeGreaterThan(0)
  if (format === 'gcm') expect(differingBytes(store.attempts, MIB)).toEqual([])
  else for (const used of floeNonces(store.attempts, SEGMENT).values()) expect(used.size).toBe(1)
}

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
beforeEach(() => process.on('unhandledRejection', note))
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})

describe.each(formats)('%s', (format) => {
  const options = optionsOf(format)
  const sources = {
    buffer: () => Promise.resolve(data),
    file: async () => {
      const path = join(fixture.folder, 'source')
      await writeFile(path, data)
      return path
    },
    stream: () => Promise.resolve(Readable.from([data.subarray(0, 100), data.subarray(100)])),
  }

  test.each([1, 2, 4, 20])('at most %i parts are under way', async (parallel) => {
    const warnings = vi.spyOn(process, 'emitWarning')
    for (const source of Object.values(sources)) {
      const store = spyStore()
      store.atPart = () => sleep(5)
      const { signal } = new AbortController()
      await clientOf(store).put('object', await source(), { ...options, parallel, signal })
      expect(store.mostUnderWay).toBeLessThanOrEqual(Math.min(parallel, PARTS))
      if (parallel > 1) expect(store.mostUnderWay).toBeGreaterThan(1)
    }
    expect(warnings).not.toHaveBeenCalled()
    warnings.mockRestore()
  })

  test.each(Object.entries(sources))(
    'a part of a %s is retried by itself, under no nonce that was used',
    async (_kind, make) => {
      const store = spyStore()
      store.atPart = ({ number, attempt }) => {
        if (number % 2 === 0 && attempt < 3) throw unavailable()
      }
      await clientOf(store).put('object', await make(), options)
      const counts = Array.from({ length: PARTS }, (_, index) =>
        store.attempts.filter((each) => each.number === index + 1),
      )
      expect(counts.map((each) => each.length)).toEqual([1, 3, 1, 3, 1, 3, 1])
      expectNoReuse(store, format)
      if (format === 'floe' && _kind !== 'stream') {
        const [first, second] = counts[1]!
        expect(sameBytes(first!.bytes, second!.bytes)).toBe(false)
      } else
        for (const [first, ...rest] of counts)
          for (const each of rest) expect(sameBytes(first!.bytes, each.bytes)).toBe(true)
      expect(sameBytes((await fixture.client().get('object')).content, data)).toBe(true)
    },
  )

  test.each(Object.entries(sources))('a part of a %s that cannot be sent ends all', async (_kind, make) => {
    await fixture.client().put('object', Buffer.from('before'))
    for (const bad of [1, 3, PARTS]) {
      const store = spyStore()
      store.atPart = ({ number }) => {
        if (number === bad) throw denied()
      }
      const error = await rejection(within(3000, clientOf(store).put('object', await make(), options)))
      expect(error.code).toBe('AccessDenied')
      expect(store.underWay).toBe(0)
      expect(await uploads()).toEqual([])
    }
    expect(fixture.operations().filter((each) => each === 'oss AbortMultipartUpload')).toHaveLength(3)
    expect((await fixture.client().get('object')).content.toString()).toBe('before')
    expect((await fixture.files()).filter((file) => file !== 'source')).toEqual([])
  })

  test('what OSS says that it stored is compared, part by part', async () => {
    const store = spyStore()
    let lies = 0
    store.afterPart = (number) => (number === 2 && lies++ < 1 ? { 'x-oss-hash-crc64ecma': '1' } : undefined)
    await clientOf(store).put('object', data, options)
    expect(store.attempts.filter(({ number }) => number === 2)).toHaveLength(2)
    store.afterPart = (number) => (number === 2 ? { 'x-oss-hash-crc64ecma': '1' } : undefined)
    expect((await rejection(clientOf(store).put('object', data, options))).code).toBe('ChecksumMismatch')
    expect(await uploads()).toEqual([])
    await clientOf(store, { checkCrc64: false }).put('object', data, options)
    const { complete } = store.multipart
    store.afterPart = undefined
    store.multipart.complete = async (...args) => {
      const answer = await complete(...args)
      return { ...answer, headers: { ...answer.headers, 'x-oss-hash-crc64ecma': '1' } }
    }
    expect((await rejection(clientOf(store).put('object', data, options))).code).toBe('ChecksumMismatch')
  })

  test('an abort ends all, and the upload too', async () => {
    for (const make of Object.values(sources)) {
      const store = spyStore()
      const controller = new AbortController()
      store.atPart = ({ number }) => {
        if (number === 3) controller.abort()
      }
      const running = clientOf(store).put('object', await make(), { ...options, signal: controller.signal })
      expect(await rejection(within(3000, running))).toBe(controller.signal.reason)
      expect(await uploads()).toEqual([])
    }
  })

  test.each(['grows', 'shrinks', 'changes'])('a file that %s while its parts are sent', async (how) => {
    const path = await sources.file()
    const store = spyStore()
    let changed: Promise<unknown> | undefined
    store.atPart = ({ number, attempt }) => {
      changed ??= change(path, how)
      return changed.then(() => {
        if (number < 4 && attempt === 1) throw unavailable()
      })
    }
    const error = await rejection(within(5000, clientOf(store).put('object', path, { ...options, parallel: 2 })))
    expect(error.code).toBe('SourceChanged')
    expectNoReuse(store, format)
    expect(await uploads()).toEqual([])
  })
})

async function change(path: string, how: string): Promise<void> {
  const file = await open(path, 'r+')
  if (how === 'grows') await file.write(other, 0, 10, data.length)
  else if (how === 'shrinks') await file.truncate(data.length - 1)
  else await file.write(other, 0, data.length, 0)
  await file.close()
}

test('a buffer that changes between two attempts is never sent under the same key stream', async () => {
  const mine = Buffer.from(data)
  const store = spyStore()
  store.atPart = ({ number, attempt }) => {
    if (number !== 2 || attempt > 1) return
    other.copy(mine)
    throw unavailable()
  }
  const error = await rejection(clientOf(store).put('object', mine, { ...optionsOf('gcm'), parallel: 1 }))
  expect(error.code).toBe('SourceChanged')
  expect(differingBytes(store.attempts, MIB)).toEqual([])
  expect(store.attempts.filter(({ number }) => number === 2)[1]!.bytes).toHaveLength(0)
})

test('a file that changes between two attempts, and looks the same, is never sent under the same key stream', async () => {
  const path = join(fixture.folder, 'source')
  await writeFile(path, data)
  const before = await stat(path)
  const store = spyStore()
  store.atPart = async ({ number, attempt }) => {
    if (number !== 2 || attempt > 1) return
    await writeFile(path, other)
    await utimes(path, before.atime, before.mtime)
    throw unavailable()
  }
  const error = await rejection(clientOf(store).put('object', path, { ...optionsOf('gcm'), parallel: 1 }))
  expect(error.code).toBe('SourceChanged')
  expect(differingBytes(store.attempts, MIB)).toEqual([])
})

describe('a stream that stands still', () => {
  test('does not keep the failure of a part back', async () => {
    const store = spyStore()
    store.atPart = () => {
      throw denied()
    }
    const stream = new PassThrough()
    stream.write(data)
    const error = await rejection(within(3000, clientOf(store).put('object', stream, optionsOf('floe'))))
    expect(error.code).toBe('AccessDenied')
    expect(stream.destroyed).toBe(true)
    expect(await uploads()).toEqual([])
    expect(await fixture.files()).toEqual([])
  })

  test('is left when it is aborted', async () => {
    const controller = new AbortController()
    const stream = new PassThrough()
    stream.write(data)
    const store = spyStore()
    const running = clientOf(store).put('object', stream, { ...optionsOf('floe'), signal: controller.signal })
    setTimeout(() => controller.abort(), 200)
    expect(await rejection(within(3000, running))).toBe(controller.signal.reason)
    expect(stream.destroyed).toBe(true)
    expect(await uploads()).toEqual([])
  })

  test('that breaks in the middle leaves nothing', async () => {
    const store = spyStore()
    const stream = new PassThrough()
    stream.write(data)
    const failure = new Error('the pipe is broken')
    store.atPart = ({ number }) => {
      if (number === 2) stream.destroy(failure)
    }
    const error = await rejection(within(3000, clientOf(store).put('object', stream, optionsOf('floe'))))
    expect(error).toBe(failure)
    expect(await uploads()).toEqual([])
    expect(await fixture.files()).toEqual([])
  })
})

test('progress tells of all, once', async () => {
  for (const format of formats) {
    const seen: number[] = []
    const { length } = await put(format, (bytes) => seen.push(bytes))
    expect(seen.at(-1)).toBe(length)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  }
  async function put(format: 'gcm' | 'floe', onBytes: (bytes: number) => void): Promise<{ length: number }> {
    await clientOf(spyStore()).put('object', data, {
      ...optionsOf(format),
      progress: ({ bytes }) => {
        onBytes(bytes)
      },
    })
    return { length: Number((await fixture.oss.head('object')).res.headers['content-length' as never]) }
  }
})

describe('uploads that nobody ends', () => {
  test('are listed and aborted', async () => {
    const client = fixture.client()
    const names = ['a/1', 'a/2', 'b/1']
    for (const name of names) await fixture.oss.initMultipartUpload(name)
    await client.put('a/1', Buffer.from('there'))
    expect((await client.listUploads()).map(({ name }) => name)).toEqual(names)
    const [first, second] = await client.listUploads('/a/')
    expect([first!.name, second!.name]).toEqual(['a/1', 'a/2'])
    expect(Math.abs(first!.initiated!.getTime() - Date.now())).toBeLessThan(10_000)
    await client.abortUpload(`/${first!.name}`, first!.uploadId)
    await client.abortUpload(first!.name, first!.uploadId)
    expect((await client.listUploads('a/')).map(({ name }) => name)).toEqual(['a/2'])
    expect((await client.get('a/1')).content.toString()).toBe('there')
    for (const { name, uploadId } of await client.listUploads()) await client.abortUpload(name, uploadId)
    expect(await client.listUploads()).toEqual([])
  })

  test('are aborted by their id only, for without one it would be the object that goes', async () => {
    const client = fixture.client()
    await client.put('object', Buffer.from('there'))
    for (const uploadId of ['', undefined, null]) {
      expect(await rejection(client.abortUpload('object', uploadId as never))).toBeInstanceOf(TypeError)
    }
    expect((await client.get('object')).content.toString()).toBe('there')
  })

  test('are more than one page', async () => {
    const pages: unknown[] = []
    const store = {
      getStream: () => undefined,
      listUploads: (query: object) => {
        pages.push(query)
        const upload = { name: `n${String(pages.length)}`, uploadId: 'u' }
        const more = { isTruncated: pages.length < 3, nextKeyMarker: upload.name, nextUploadIdMarker: 'u' }
        return Promise.resolve({ uploads: [upload], ...more, res: { status: 200, headers: {} } })
      },
    }
    const found = await fixture.client({ store: store as never }).listUploads('n')
    expect(found.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
    expect(pages.at(-1)).toEqual({
      prefix: 'n',
      'max-uploads': 1000,
      'encoding-type': 'url',
      'key-marker': 'n2',
      'upload-id-marker': 'u',
    })
  })

  test('are not to be found in a store that takes no parts', async () => {
    const store = spyStore()
    Reflect.set(store, 'multipart', undefined)
    expect(await rejection(clientOf(store).listUploads())).toBeInstanceOf(TypeError)
    expect(await rejection(clientOf(store).abortUpload('a', 'b'))).toBeInstanceOf(TypeError)
  })
})
