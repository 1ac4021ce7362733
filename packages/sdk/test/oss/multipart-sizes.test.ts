import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { ServiceError } from 'osscrypt'
import type { PutOptions, PutSource } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { differingBytes, SpyStore } from '../support/spy-store.js'
import { readStored } from '../support/stored-object.js'

const KIB = 1024
const MIB = 1024 * KIB
const THRESHOLD = 128 * KIB
const fixture = useCloud()
const data = patternBytes(4 * MIB + 10)
const client = (options = {}) =>
  fixture.client({ multipartThreshold: THRESHOLD, memoryLimit: 64 * KIB, temporaryFolder: fixture.folder, ...options })

/** The numbers of the parts that were sent. */
function partNumbers(): number[] {
  return fixture.cloud.requests
    .filter(({ operation }) => operation === 'UploadPart')
    .map(({ url }) => Number(new URL(url, 'http://oss').searchParams.get('partNumber')))
}

const around = (...lengths: number[]) =>
  [...new Set([0, 1, ...lengths.flatMap((n) => [n - 1, n, n + 1, 2 * n - 1, 2 * n, 2 * n + 1])])].sort((a, b) => a - b)

describe.each<[string, PutOptions, readonly number[]]>([
  ['gcm', { format: 'gcm', partLength: 256 * KIB }, around(THRESHOLD, 256 * KIB, 512 * KIB)],
  [
    'floe, 64 KiB segments',
    { format: 'floe', partLength: 128 * KIB, segmentLength: 64 * KIB },
    around(THRESHOLD - 74 - 32, 64 * KIB - 32, 2 * (64 * KIB - 32), 1000 * KIB),
  ],
  ['floe', { format: 'floe', partLength: 100 * KIB }, around(THRESHOLD, MIB - 32, 2 * (MIB - 32))],
])('%s', (_title, options, lengths) => {
  test.each(['buffer', 'file', 'stream', 'web stream'])('a %s of any length', async (kind) => {
    for (const length of lengths) {
      const plaintext = data.subarray(0, length)
      const path = join(fixture.folder, 'source')
      if (kind === 'file') await writeFile(path, plaintext)
      const source: PutSource =
        kind === 'buffer'
          ? plaintext
          : kind === 'file'
            ? path
            : kind === 'stream'
              ? Readable.from(chunks(plaintext, 100_001), { objectMode: false })
              : (Readable.toWeb(Readable.from(chunks(plaintext, 65_536))) as never)
      fixture.cloud.clearRequests()
      const seen: { bytes: number; total: number | undefined }[] = []
      await client().put('object', source, { ...options, progress: (at) => void seen.push(at) })

      const stored = await readStored(fixture.oss, 'object')
      const inParts = stored.headers['x-oss-object-type'] === 'Multipart'
      if (kind !== 'stream' && kind !== 'web stream') expect(inParts).toBe(stored.body.length > THRESHOLD)
      const numbers = partNumbers()
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1))
      const bytes = seen.map((at) => at.bytes)
      expect(bytes).toEqual([...bytes].sort((a, b) => a - b))
      if (length > 0 || inParts) expect(bytes.at(-1)).toBe(stored.body.length)
      for (const { total } of seen) expect([undefined, stored.body.length]).toContain(total)

      const { content } = await client().get('object')
      expect(sameBytes(content, plaintext), `${String(length)} bytes`).toBe(true)
    }
    expect(fixture.operations()).not.toContain('oss AbortMultipartUpload')
    expect((await fixture.files()).filter((file) => file !== 'source')).toEqual([])
  })
})

describe.each(['gcm', 'floe'] as const)('what goes with an object in parts: %s', (format) => {
  const headers = {
    'Cache-Control': 'max-age=60',
    'Content-Disposition': 'attachment',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging': 'a=1',
    'x-oss-object-acl': 'public-read',
  }

  test('is what goes with one in one request', async () => {
    const kept = ['cache-control', 'content-disposition', 'content-type', 'x-oss-storage-class', 'x-oss-meta-mine']
    const found = []
    for (const [name, length] of [
      ['a/one.json', THRESHOLD - 1000],
      ['a/many.json', 3 * MIB],
    ] as const) {
      await client().put(name, data.subarray(0, length), { format, headers, meta: { mine: 'yes' }, partLength: MIB })
      const { headers: got } = await readStored(fixture.oss, name)
      const { acl } = await fixture.oss.getACL(name)
      found.push([...kept.map((header) => got[header]), acl])
    }
    expect(found[1]).toEqual(found[0])
    expect(found[1]).toEqual(['max-age=60', 'attachment', 'application/json', 'IA', 'yes', 'public-read'])
    const tags = (await fixture.oss.head('a/many.json')).res.headers as Record<string, string>
    expect(tags['x-oss-tagging-count']).toBe('1')
  })

  test('is bound to its key', async () => {
    await client().put('bound', data, { format, encryptionContext: { a: 'b' }, partLength: MIB })
    await fixture.oss.copy('moved', 'bound')
    expect((await rejection(client().get('moved'))).code).toBe('BindingMismatch')
    const { encryption } = await client().get('bound', { requiredContext: { a: 'b' }, requireBinding: true })
    expect(encryption.encryptionContext).toMatchObject({ a: 'b' })
  })

  test('a mime and a name of many bytes are kept', async () => {
    const name = 'ф/日本 +&?#%/file'
    await client().put(name, data, { format, mime: 'text/x-mine', partLength: MIB })
    expect((await readStored(fixture.oss, name)).headers['content-type']).toBe('text/x-mine')
    expect(sameBytes((await client().get(name)).content, data)).toBe(true)
  })

  test('what is asked for and cannot be is refused before anything is sent', async () => {
    for (const bad of [
      { partLength: 100 * KIB - 1 },
      { partLength: 5 * 1024 * MIB + 1 },
      { partLength: 1.5 * MIB + 0.5 },
      { partLength: Number.NaN },
      { parallel: 0 },
      { parallel: -1 },
      { parallel: 1.5 },
      { parallel: Number.NaN },
      { parallel: Infinity },
    ]) {
      expect(await rejection(client().put('object', data, { format, ...bad }))).toBeInstanceOf(RangeError)
    }
    for (const source of [data, new PassThrough()]) {
      const error = await rejection(client().put('object', source, { format, checkpoint: join(fixture.folder, 'c') }))
      expect(error).toBeInstanceOf(TypeError)
    }
    expect(fixture.operations()).toEqual([])
  })
})

test('a checkpoint needs a tag that proves what the file is', async () => {
  const path = join(fixture.folder, 'source')
  await writeFile(path, data)
  const options = { algorithm: 'AES_CTR_NOPADDING_256', allowUnauthenticatedAlgorithms: true } as const
  const error = await rejection(client().put('object', path, { ...options, checkpoint: join(fixture.folder, 'c') }))
  expect(error).toBeInstanceOf(TypeError)
  expect(fixture.operations()).toEqual([])
})

describe('a part is as long as it is asked for', () => {
  test.each([100 * KIB, 100 * KIB + 1, 300_007, MIB + 7, 1.5 * MIB])('gcm: %i bytes', async (partLength) => {
    const path = join(fixture.folder, 'source')
    await writeFile(path, data)
    for (const source of [path, data, Readable.from(chunks(data, 100_001), { objectMode: false })]) {
      const store = new SpyStore(new AliOssStore(fixture.oss, 1000))
      // Parts that are sent again are made again.
      store.atPart = ({ attempt }) => {
        if (attempt === 1) throw new ServiceError('Unreachable', 'once', { service: 'oss', retryable: true })
      }
      await client({ store }).put('object', source, { partLength })
      const expected = [...chunks(data, partLength)].map(({ length }) => length)
      const lengths = new Map(store.attempts.map(({ number, bytes }) => [number, bytes.length]))
      expect([...lengths].sort(([a], [b]) => a - b)).toEqual(expected.map((length, index) => [index + 1, length]))
      expect(differingBytes(store.attempts, partLength)).toEqual([])
      expect(sameBytes((await client().get('object')).content, data)).toBe(true)
    }
  })

  test('floe: in whole segments', async () => {
    const store = new SpyStore(new AliOssStore(fixture.oss, 1000))
    await client({ store }).put('object', data, { format: 'floe', partLength: 300_007, segmentLength: 64 * KIB })
    const [first, second] = store.attempts.sort((a, b) => a.number - b.number)
    expect([first!.bytes.length, second!.bytes.length]).toEqual([5 * 64 * KIB + 74, 5 * 64 * KIB])
  })
})

test('a large stream that a file gives', async () => {
  const path = join(fixture.folder, 'source')
  await writeFile(path, data)
  for (const format of ['gcm', 'floe'] as const) {
    await client().put('object', createReadStream(path), { format, partLength: MIB })
    expect(sameBytes((await client().get('object')).content, data)).toBe(true)
  }
})

function* chunks(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length)
}
