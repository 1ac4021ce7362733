import { lstat, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import OSS from 'ali-oss'
import { OsscryptError } from 'osscrypt'
import type { GetFileOptions, ObjectStore, ProgressStep, PutOptions } from 'osscrypt/oss'
import { beforeAll, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { endProxiesAfterEach, startRecordingProxy } from '../support/recording-proxy.js'
import { rejection, within } from '../support/rejection.js'
import { readStored, writeStored, type StoredObject } from '../support/stored-object.js'

const MIB = 1024 * 1024
const PART = 256 * 1024
const fixture = useCloud()
endProxiesAfterEach()

/** Parts that do not end where segments end, and such that do. */
const formats: readonly (readonly [string, PutOptions])[] = [
  ['gcm', {}],
  ['floe', { format: 'floe', segmentLength: 64 * 1024 }],
]
const inParts: GetFileOptions = { parallel: 3, partLength: PART }

const target = (): string => join(fixture.folder, 'target')

function getRequests(): number {
  return fixture.operations().filter((operation) => operation === 'oss GetObject').length
}

describe.each(formats)('%s, in parts', (format, putOptions) => {
  // Of the plaintext: a FLOE object is longer by its header, and by 32 bytes for each segment.
  const sizes = [PART - 1, PART, PART + 1, 2 * PART - 1, 2 * PART, 2 * PART + 1, 3 * PART, 7 * PART + 5]
  const segments = 64 * 1024 - 32
  const floeSizes = [PART - 74 - 4 * 32, 4 * segments, 8 * segments, 8 * segments + 1, 2 * PART - 74 - 8 * 32 + 1]

  test.each([0, 1, ...sizes, ...(format === 'floe' ? floeSizes : [])])('%i bytes', async (size) => {
    const plaintext = patternBytes(size)
    const client = fixture.client()
    await client.put('object', plaintext, putOptions)
    const { body } = await readStored(fixture.oss, 'object')
    fixture.cloud.clearRequests()
    const result = await client.get('object', target(), inParts)
    expect(sameBytes(await readFile(target()), plaintext)).toBe(true)
    expect(result.res.status).toBe(200)
    const parts = body.length > PART ? Math.ceil(body.length / PART) : 0
    // A part may be a segment longer; the first request goes on with what nobody has taken from the end.
    expect(getRequests()).toBeLessThanOrEqual(Math.max(1, parts))
    expect(getRequests()).toBeGreaterThanOrEqual(Math.min(3, Math.max(1, parts - 1)))
    expect(fixture.operations().filter((operation) => operation === 'kms Decrypt')).toHaveLength(1)
    expect(await fixture.files()).toEqual(['target'])
  })

  describe('of a large object', () => {
    const plaintext = patternBytes(6 * PART + 12_345)
    beforeAll(async () => {
      await fixture.client().put(`large-${format}`, plaintext, putOptions)
    })

    test('asks for ranges of the same object, as many at a time as was said', async () => {
      const proxy = await startRecordingProxy(fixture.cloud.oss.endpoint)
      const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: proxy.endpoint })
      const { res } = await fixture.client({ store }).get(`large-${format}`, target(), inParts)
      const [first, ...others] = proxy.requests
      expect(first!.headers).not.toHaveProperty('range')
      const total = Number(res.headers['content-length'])
      const ranges = others.map(({ headers }) => {
        expect(headers['if-match']).toBe(res.headers['etag'])
        return headers.range
      })
      const start = format === 'floe' ? 74 : 0
      const cuts = Array.from({ length: ranges.length }, (_, index) => start + (6 - index) * PART)
      const fromEnd = cuts.map((cut, index) => `bytes=${cut}-${(index === 0 ? total : cut + PART) - 1}`)
      expect(ranges.toSorted()).toEqual(fromEnd.toSorted())
      expect(ranges.length).toBeGreaterThanOrEqual(2)
    })

    test('goes on with a part where its connection broke', async () => {
      for (const skip of [0, 0, 0])
        fixture.cloud.faults.add({
          service: 'oss',
          operation: 'GetObject',
          skip,
          effect: { kind: 'cut', of: 'answer', afterBytes: 100_000 },
        })
      await fixture.client().get(`large-${format}`, target(), inParts)
      expect(sameBytes(await readFile(target()), plaintext)).toBe(true)
      expect(fixture.cloud.faults.waiting).toEqual([])
    })

    test('tells of every byte, and never of fewer than before', async () => {
      const steps: ProgressStep[] = []
      const { res } = await fixture
        .client()
        .get(`large-${format}`, target(), { ...inParts, progress: (step) => steps.push(step) })
      const total = Number(res.headers['content-length'])
      expect(steps.at(-1)).toEqual({ bytes: total, total, parts: Math.ceil(total / PART) })
      expect(steps.every(({ bytes }, index) => index === 0 || bytes > steps[index - 1]!.bytes)).toBe(true)
    })

    test('ends with what progress throws', async () => {
      const stop = new Error('stop')
      const progress = () => {
        throw stop
      }
      expect(await rejection(fixture.client().get(`large-${format}`, target(), { ...inParts, progress }))).toBe(stop)
      expect(await fixture.files()).toEqual([])
    })

    test('ends at once when one part fails for good', async () => {
      await writeFile(target(), 'before')
      const add = (effect: object, skip: number) => {
        fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', skip, effect: effect as never })
      }
      add({ kind: 'delay', delayMs: 5000 }, 1)
      // Only three requests are certain: the first connection may be faster than all that come after.
      add({ kind: 'error', status: 403 }, 1)
      const start = performance.now()
      const client = fixture.client({ idleTimeoutMs: 10_000 })
      expect(await rejection(client.get(`large-${format}`, target(), inParts))).toMatchObject({ code: 'AccessDenied' })
      expect(performance.now() - start).toBeLessThan(2000)
      expect(await readFile(target(), 'utf8')).toBe('before')
      expect(await fixture.files()).toEqual(['target'])
    })

    test.each([undefined, new Error('stop'), 'stop'])('can be aborted: %s', async (reason) => {
      await writeFile(target(), 'before')
      const controller = new AbortController()
      const { signal } = controller
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        skip: 2,
        times: Infinity,
        effect: { kind: 'stall', afterBytes: 1000 },
      })
      const running = rejection(
        fixture.client({ idleTimeoutMs: 10_000 }).get(`large-${format}`, target(), { ...inParts, signal }),
      )
      while (getRequests() < 3) await sleep(5)
      controller.abort(reason)
      expect(await within(500, running)).toBe(signal.reason)
      expect(await readFile(target(), 'utf8')).toBe('before')
      expect(await fixture.files()).toEqual(['target'])
    })
  })

  test.each([1, 2])('notices that the object was replaced, after %i parts', async (skip) => {
    const client = fixture.client()
    const plaintext = patternBytes(6 * PART)
    await client.put('object', plaintext, putOptions)
    await writeFile(target(), 'before')
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      skip,
      effect: { kind: 'delay', delayMs: 2500 },
    })
    fixture.cloud.clearRequests()
    const reading = rejection(client.get('object', target(), inParts))
    while (getRequests() <= skip) await sleep(5)
    await fixture.client().put('object', patternBytes(plaintext.length, 7), putOptions)
    expect(await reading).toMatchObject({ code: 'ObjectChanged', service: 'oss' })
    expect(await readFile(target(), 'utf8')).toBe('before')
    expect(await fixture.files()).toEqual(['target'])
  })

  test('refuses an object of which a bit was changed, and leaves the target as it was', async () => {
    const client = fixture.client()
    await client.put('object', patternBytes(5 * PART), putOptions)
    const { body, meta } = await readStored(fixture.oss, 'object')
    for (const at of [100, 3 * PART, body.length - 20]) {
      const changed = Buffer.from(body)
      changed[at]! ^= 1
      await writeStored(fixture.oss, 'object', { body: changed, meta })
      await writeFile(target(), 'before')
      expect(await rejection(client.get('object', target(), inParts))).toMatchObject({ name: 'IntegrityError' })
      expect(await readFile(target(), 'utf8')).toBe('before')
      expect(await fixture.files()).toEqual(['target'])
    }
  })

  test('refuses an object that was cut at the end of a part', async () => {
    const client = fixture.client()
    await client.put('object', patternBytes(5 * PART), putOptions)
    const { body, meta } = await readStored(fixture.oss, 'object')
    for (const length of [4 * PART, 74 + 16 * 64 * 1024]) {
      await writeStored(fixture.oss, 'object', { body: body.subarray(0, length), meta })
      expect(await rejection(client.get('object', target(), inParts))).toMatchObject({ name: 'IntegrityError' })
      expect(await fixture.files()).toEqual([])
    }
  })

  test('follows a symbolic link, and keeps the mode of what it replaces', async () => {
    const client = fixture.client()
    const plaintext = patternBytes(3 * PART)
    await client.put('object', plaintext, putOptions)
    await mkdir(join(fixture.folder, 'other'))
    const real = join(fixture.folder, 'other', 'real')
    await writeFile(real, 'before', { mode: 0o640 })
    await symlink(real, target())
    await client.get('object', target(), inParts)
    expect((await lstat(target())).isSymbolicLink()).toBe(true)
    expect(await readlink(target())).toBe(real)
    expect(sameBytes(await readFile(real), plaintext)).toBe(true)
    expect((await stat(real)).mode & 0o777).toBe(0o640)
  })
})

describe.each(formats)('%s: a store', (format, putOptions) => {
  const plaintext = patternBytes(5 * PART)
  let stored: StoredObject
  beforeAll(async () => {
    await fixture.client().put('stored', plaintext, putOptions)
    stored = await readStored(fixture.oss, 'stored')
  })

  /** A store that holds one object and answers ranges as `change` wants it. */
  function storeThat(
    change: (bytes: Buffer, headers: Record<string, string>) => { bytes?: Buffer; headers?: Record<string, string> },
    without = 'none',
  ): { readonly store: ObjectStore; readonly open: () => number } {
    let open = 0
    const track = (body: Readable): Readable => {
      open += 1
      return body.once('close', () => {
        open -= 1
      })
    }
    const unused = () => Promise.reject(new Error('not used'))
    const get: ObjectStore['get'] = (_name, { range }) => {
      const { [without]: _, ...headers } = stored.headers
      if (!range) return Promise.resolve({ status: 200, headers, body: track(Readable.from([stored.body])) })
      const { start, end = 0 } = range
      const bytes = stored.body.subarray(start, end + 1)
      const ranged = {
        ...headers,
        'content-length': String(bytes.length),
        'content-range': `bytes ${start}-${end}/${stored.body.length}`,
      }
      const changed = change(bytes, ranged)
      const body = track(Readable.from([changed.bytes ?? bytes]))
      return Promise.resolve({ status: 206, headers: changed.headers ?? ranged, body })
    }
    const store: ObjectStore = { get, put: unused, head: unused, delete: unused, copy: unused }
    return { store, open: () => open }
  }

  test.each<[string, RegExp, Parameters<typeof storeThat>[0]]>([
    ['with another ETag', /^ObjectChanged$/, (_, headers) => ({ headers: { ...headers, etag: '"OTHER"' } })],
    [
      'of an object of another length',
      /^ObjectChanged$/,
      (_, headers) => ({
        headers: { ...headers, 'content-range': headers['content-range']!.replace(/\d+$/, '9999999') },
      }),
    ],
    ['with bytes of another place', /^IntegrityFailed$/, (bytes) => ({ bytes: Buffer.from(bytes).reverse() })],
    ['with fewer bytes, again and again', /^Unreachable$/, (bytes) => ({ bytes: bytes.subarray(0, -1) })],
  ])('that answers %s gets a typed error', async (_title, code, change) => {
    const { store, open } = storeThat(change)
    const error = await rejection(fixture.client({ store }).get('stored', target(), inParts))
    expect(error).toBeInstanceOf(OsscryptError)
    expect(error['code']).toMatch(code)
    await sleep(1)
    expect(open()).toBe(0)
    expect(await fixture.files()).toEqual([])
  })

  test('that answers with more bytes than it says gets none of them into the file', async () => {
    const { store, open } = storeThat((bytes) => ({ bytes: Buffer.concat([bytes, Buffer.alloc(1)]) }))
    const running = fixture.client({ store }).get('stored', target(), inParts)
    expect(await rejection(running)).toMatchObject({ code: 'BadAnswer' })
    await sleep(1)
    expect(open()).toBe(0)
    expect(await fixture.files()).toEqual([])
  })

  test('that gives no ETag is read as one stream', async () => {
    const { store } = storeThat(() => expect.fail('no range is to be asked for'), 'etag')
    await fixture.client({ store }).get('stored', target(), inParts)
    expect(sameBytes(await readFile(target()), plaintext)).toBe(true)
  })
})

test('objects up to 16 MiB come as one stream, larger ones in parts', { timeout: 30_000 }, async () => {
  const client = fixture.client()
  const plaintext = patternBytes(16 * MIB + 1)
  for (const [size, requests] of [
    [16 * MIB, 1],
    [16 * MIB + 1, 3],
  ] as const) {
    await client.put('object', plaintext.subarray(0, size))
    fixture.cloud.clearRequests()
    await client.get('object', target())
    expect(getRequests()).toBe(requests)
    expect(sameBytes(await readFile(target()), plaintext.subarray(0, size))).toBe(true)
  }
  fixture.cloud.clearRequests()
  await client.get('object', target(), { parallel: 1 })
  expect(getRequests()).toBe(1)
})

test.each([{ parallel: 0 }, { parallel: 65 }, { parallel: 1.5 }, { partLength: 1 }, { partLength: Infinity }])(
  '%o is refused before anything is asked',
  async (options) => {
    expect(await rejection(fixture.client().get('object', target(), options))).toBeInstanceOf(RangeError)
    expect(fixture.operations()).toEqual([])
  },
)

test('a signal that outlives downloads keeps no listeners', async () => {
  const client = fixture.client()
  await client.put('object', patternBytes(5 * PART))
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  const warnings: Error[] = []
  process.on('warning', (warning) => warnings.push(warning))
  await client.get('object', target(), { parallel: 16, partLength: 64 * 1024, signal })
  await sleep(5)
  expect(listeners).toBe(0)
  expect(warnings).toEqual([])
})
