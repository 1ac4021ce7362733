import fc from 'fast-check'
import { FormatError, IntegrityError, OsscryptError, ServiceError } from 'osscrypt'
import type { FaultEffect } from 'osscrypt-local'
import type { ByteRange } from 'osscrypt/oss'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { engine as nodeEngine } from '../../src/crypto/node-engine.js'
import { engine as webEngine } from '../../src/crypto/web-engine.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const SEGMENT = 1024
const CAPACITY = SEGMENT - 32
const data = patternBytes(10 * CAPACITY + 137)
const format = { format: 'floe', segmentLength: SEGMENT } as const
beforeEach(async () => {
  await fixture.client().put('object', data, format)
  fixture.cloud.clearRequests()
})

/** What a range is of `bytes`; null where it is outside. */
function sliceOf(bytes: Buffer, { start, end }: ByteRange): Buffer | null {
  const from = start < 0 ? Math.max(0, bytes.length + start) : start
  const to = Math.min(end ?? Infinity, bytes.length - 1)
  return from > to ? null : bytes.subarray(from, to + 1)
}

const around = [0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 2 * CAPACITY - 1, 2 * CAPACITY, 2 * CAPACITY + 1]
const anyRange = (length: number): fc.Arbitrary<ByteRange> => {
  const place = fc.oneof(fc.nat({ max: length + 50 }), fc.constantFrom(...around, Math.max(0, length - 1), length))
  return fc.oneof(
    fc.tuple(place, place).map(([one, two]) => ({ start: Math.min(one, two), end: Math.max(one, two) })),
    place.map((start) => ({ start })),
    fc.integer({ min: 1, max: length + 50 }).map((last) => ({ start: -last })),
  )
}

describe.each([
  ['node', nodeEngine],
  ['web', webEngine],
] as const)('every range is the slice, with the %s engine', (_name, engine) => {
  beforeEach(() => {
    const spies = [
      vi.spyOn(nodeEngine, 'encrypt').mockImplementation(engine.encrypt.bind(engine)),
      vi.spyOn(nodeEngine, 'decrypt').mockImplementation(engine.decrypt.bind(engine)),
      vi.spyOn(nodeEngine, 'hmacSha384').mockImplementation(engine.hmacSha384.bind(engine)),
    ]
    if (engine === nodeEngine) for (const spy of spies) spy.mockRestore()
    return () => {
      vi.restoreAllMocks()
    }
  })

  test.each([0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 2 * CAPACITY, 3 * CAPACITY + 500])(
    'of an object of %i bytes',
    async (length) => {
      const bytes = patternBytes(length, 5)
      const client = fixture.client()
      await client.put('some', bytes, format)
      await fc.assert(
        fc.asyncProperty(anyRange(length), async (range) => {
          const expected = sliceOf(bytes, range)
          const reading = client.getRange('some', range)
          if (!expected) expect(await rejection(reading)).toMatchObject({ code: 'InvalidRange' })
          else {
            const { content, range: got, verified } = await reading
            expect(sameBytes(content, expected)).toBe(true)
            expect(got).toEqual({
              start: range.start < 0 ? length - expected.length : range.start,
              end: (range.start < 0 ? length - expected.length : range.start) + expected.length - 1,
              totalLength: length,
            })
            expect(verified).toBe(true)
          }
        }),
        { numRuns: 15 },
      )
    },
  )
})

describe('requests', () => {
  test('one more for an object that is not known; one for one that is', async () => {
    const client = fixture.client()
    await client.getRange('object', { start: 3000, end: 3009 })
    expect(fixture.operations()).toEqual(['oss GetObject', 'oss GetObject', 'kms Decrypt'])
    for (const range of [{ start: 0 }, { start: -5 }, { start: 20, end: 30 }]) {
      fixture.cloud.clearRequests()
      await client.getRange('object', range)
      expect(fixture.operations()).toEqual(['oss GetObject', 'kms Decrypt'])
    }
    fixture.cloud.clearRequests()
    expect((await client.head('object')).plaintextLength).toBe(data.length)
    expect(fixture.operations()).toEqual(['oss HeadObject'])
  })

  test('an object that was replaced is noticed, also by a shorter one', async () => {
    const client = fixture.client()
    await client.getRange('object', { start: 9000, end: 9009 })
    const replacements = [patternBytes(data.length, 8), patternBytes(9500, 9), patternBytes(100, 10), Buffer.alloc(0)]
    for (const bytes of replacements) {
      await fixture.client().put('object', bytes, format)
      for (const range of [{ start: 9000, end: 9009 }, { start: -3 }]) {
        const expected = sliceOf(bytes, range)
        const reading = client.getRange('object', range)
        if (expected) expect(sameBytes((await reading).content, expected)).toBe(true)
        else expect(await rejection(reading)).toMatchObject({ code: 'InvalidRange' })
      }
    }
    await fixture.client().put('object', data)
    expect(await rejection(client.getRange('object', { start: 1 }))).toMatchObject({ code: 'NotAllowed' })
    await fixture.oss.put('object', data)
    expect(await rejection(client.getRange('object', { start: 1 }))).toMatchObject({ code: 'NotEncrypted' })
    await fixture.oss.delete('object')
    expect(await rejection(client.getRange('object', { start: 1 }))).toMatchObject({ code: 'NotFound' })
  })

  test('no more bytes move than the range, two segments and the header', async () => {
    const client = fixture.client()
    await fc.assert(
      fc.asyncProperty(anyRange(data.length), async (range) => {
        const expected = sliceOf(data, range)
        if (!expected || range.end === undefined || range.end >= data.length) return
        await client.getRange('object', { start: 0, end: 0 })
        const asked = vi.spyOn(fixture.oss, 'getStream')
        await client.getRange('object', range)
        const moved = asked.mock.calls.map(([, options]) => {
          const { Range } = (options as { headers: Record<string, string> }).headers
          const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(Range ?? '') ?? []
          return Number(end) - Number(start) + 1
        })
        asked.mockRestore()
        const overhead = 32 * Math.ceil(expected.length / CAPACITY)
        expect(moved.length).toBe(1)
        expect(moved[0]).toBeLessThanOrEqual(expected.length + overhead + 2 * SEGMENT + 74)
      }),
      { numRuns: 25 },
    )
  })

  test('more than the caller takes into memory is refused before it is fetched', async () => {
    const client = fixture.client()
    const refused = await rejection(client.getRange('object', { start: 0 }, { maxBufferLength: 100 }))
    expect(refused).toMatchObject({ code: 'LimitExceeded' })
    expect(fixture.operations()).toEqual(['oss GetObject'])
  })
})

describe('an object that was cut', () => {
  const cuts = [
    0,
    1,
    73,
    74,
    74 + 31,
    74 + 32,
    74 + 500,
    74 + SEGMENT,
    74 + SEGMENT + 1,
    74 + SEGMENT + 32,
    74 + 5 * SEGMENT,
    74 + 10 * SEGMENT,
    74 + 10 * SEGMENT + 32 + 136,
  ]
  test.each(cuts)('to %i bytes: nothing that rests on its length is believed', async (length) => {
    const { body, meta } = await readStored(fixture.oss, 'object')
    const known = fixture.client()
    await known.getRange('object', { start: 0, end: 1 })
    await writeStored(fixture.oss, 'object', { body: body.subarray(0, length), meta })
    const ranges: ByteRange[] = [
      { start: -1 },
      { start: -5000 },
      { start: 0 },
      { start: 9 * CAPACITY },
      { start: data.length },
      { start: 2 ** 40 },
      { start: 0, end: data.length - 1 },
      { start: data.length, end: 2 ** 40 },
    ]
    for (const client of [fixture.client(), known]) {
      for (const options of [{}, { allowUnverifiedRange: true }]) {
        for (const range of ranges) {
          expect(await rejection(client.getRange('object', range, options))).toBeInstanceOf(IntegrityError)
        }
      }
      expect(await rejection(client.get('object'))).toBeInstanceOf(IntegrityError)
    }
  })

  test('or lengthened, is no other', async () => {
    const { body, meta } = await readStored(fixture.oss, 'object')
    for (const extra of [1, 32, SEGMENT]) {
      await writeStored(fixture.oss, 'object', { body: Buffer.concat([body, body.subarray(74, 74 + extra)]), meta })
      for (const range of [{ start: -1 }, { start: 0 }, { start: data.length }]) {
        expect(await rejection(fixture.client().getRange('object', range))).toBeInstanceOf(IntegrityError)
      }
    }
  })
})

describe('a store that lies', () => {
  const lies = ['whole', 'shifted', 'mislabelled', 'short'] as const
  const ranges: ByteRange[] = [
    { start: 0, end: 9 },
    { start: 3000, end: 5000 },
    { start: 9000 },
    { start: -10 },
    { start: CAPACITY, end: 2 * CAPACITY - 1 },
  ]

  test.each(lies.flatMap((lie) => ranges.map((range) => ({ lie, range }))))(
    'with a range that is $lie never gives wrong bytes: $range',
    async ({ lie, range }) => {
      const effect: FaultEffect = { kind: 'lie-range', lie }
      for (const skip of [0, 1, 2]) {
        for (const times of [1, Infinity]) {
          fixture.cloud.faults.clear()
          fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', skip, times, effect })
          const client = fixture.client()
          for (let round = 0; round < 2; round += 1) {
            try {
              const { content, verified } = await client.getRange('object', range)
              expect(verified).toBe(true)
              expect(sameBytes(content, sliceOf(data, range) ?? Buffer.alloc(0))).toBe(true)
            } catch (error) {
              expect(error).toBeInstanceOf(OsscryptError)
            }
          }
        }
      }
    },
  )

  test('about the length is not believed', async () => {
    const client = fixture.client()
    await client.getRange('object', { start: 0, end: 1 })
    const honest = fixture.oss.getStream.bind(fixture.oss)
    const totals = [74 + 32, 74 + 5 * SEGMENT, 74 + 10 * SEGMENT + 100, 74 + 12 * SEGMENT, 2 ** 40]
    for (const total of totals) {
      vi.spyOn(fixture.oss, 'getStream').mockImplementation(async (name, options) => {
        const answer = await honest(name, options)
        const { headers } = answer.res as { headers: Record<string, string> }
        const labelled = headers['content-range']
        if (labelled) headers['content-range'] = labelled.replace(/\/.*/, `/${total}`)
        return answer
      })
      for (const reader of [client, fixture.client()]) {
        for (const range of [{ start: -10 }, { start: 9000 }, { start: 2 ** 41 }, { start: 0 }]) {
          expect(await rejection(reader.getRange('object', range))).toBeInstanceOf(OsscryptError)
        }
      }
      vi.restoreAllMocks()
    }
  })

  test('with 416 is an object that changed, for a range that is there', async () => {
    const client = fixture.client()
    await client.getRange('object', { start: 0, end: 1 })
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      times: Infinity,
      effect: { kind: 'error', status: 416, code: 'InvalidRange' },
    })
    const error = await rejection(client.getRange('object', { start: 3000, end: 3001 }))
    expect(error).toBeInstanceOf(ServiceError)
  })

  test('with another ETag for the second request is noticed', async () => {
    const client = fixture.client()
    const honest = fixture.oss.getStream.bind(fixture.oss)
    let count = 0
    vi.spyOn(fixture.oss, 'getStream').mockImplementation(async (name, options) => {
      const answer = await honest(name, options)
      count += 1
      ;(answer.res as { headers: Record<string, string> }).headers['etag'] = `"${count}"`
      return answer
    })
    expect(await rejection(client.getRange('object', { start: 1, end: 2 }))).toMatchObject({ code: 'ObjectChanged' })
    vi.restoreAllMocks()
  })
})

test.each([0, 1, 31, 32, 33, 1023, 16 * 1024 * 1024 + 1, 2 ** 32 - 1])(
  'segments of %i bytes are refused before KMS is asked and memory is taken',
  async (segmentLength) => {
    const { body, meta } = await readStored(fixture.oss, 'object')
    body.writeUInt32BE(segmentLength, 2)
    await writeStored(fixture.oss, 'object', { body, meta })
    fixture.cloud.clearRequests()
    const before = process.memoryUsage().rss
    const error = await rejection(fixture.client().getRange('object', { start: 0, end: 5 }))
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ code: 'LimitExceeded' })
    expect(fixture.operations()).toEqual(['oss GetObject'])
    expect(await rejection(fixture.client().get('object'))).toBeInstanceOf(FormatError)
    expect(await rejection(fixture.client().put('object', data, { format: 'floe', segmentLength }))).toBeInstanceOf(
      FormatError,
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  },
)
