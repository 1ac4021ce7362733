import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { OsscryptError, ServiceError } from 'osscrypt'
import type { ByteRange } from 'osscrypt/oss'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { changeAnswers, replaceEnvelope } from '../support/changed-answers.js'
import { rejection } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const fixture = useCloud()
const SEGMENT = 1024
const CAPACITY = SEGMENT - 32
const data = patternBytes(10 * CAPACITY + 137)
const total = 74 + 10 * SEGMENT + 32 + 137
const floe = { format: 'floe', segmentLength: SEGMENT } as const
beforeEach(async () => {
  await fixture.client().put('object', data, floe)
  fixture.cloud.clearRequests()
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('an intact floe object, asked for by a reader who would take what is unverified', () => {
  const ends = [0, 1, 9, 15, 16, 31, 72, 73, 74, 75, 100, CAPACITY, data.length - 1]
  test.each(ends)('its bytes 0 to %i', async (end) => {
    for (const start of [0, 5, 16, end].filter((each) => each <= end)) {
      const options = { allowUnverifiedRange: true }
      const { content, verified } = await fixture.client().getRange('object', { start, end }, options)
      expect(sameBytes(content, data.subarray(start, end + 1))).toBe(true)
      expect(verified).toBe(true)
    }
  })

  test.each([0, 1, 41, 42, 43])('all of %i bytes', async (length) => {
    const some = data.subarray(0, length)
    await fixture.client().put('short', some, floe)
    for (const range of [{ start: 0 }, { start: -20 }, { start: 0, end: 9 }]) {
      const reading = fixture.client().getRange('short', range, { allowUnverifiedRange: true })
      if (length === 0) expect(await rejection(reading)).toMatchObject({ code: 'InvalidRange' })
      else {
        const expected = range.start < 0 ? some.subarray(range.start) : some.subarray(0, (range.end ?? length) + 1)
        expect(sameBytes((await reading).content, expected)).toBe(true)
      }
    }
  })
})

/** What a store may say wrongly in one answer, and say rightly again in the next. */
const lies: Record<string, (headers: Record<string, string>, bytes: Buffer) => unknown> = {
  'a shorter length': (headers) => relabel(headers, 74 + 3 * SEGMENT),
  'a length that ends within a segment': (headers) => relabel(headers, 74 + 9 * SEGMENT + 50),
  'a greater length': (headers) => relabel(headers, total + 5 * SEGMENT),
  'a length of no object': (headers) => relabel(headers, 74 + SEGMENT + 5),
  'the greatest length': (headers) => relabel(headers, 999_999_999_999_999),
  'another ETag': (headers) => (headers['etag'] = '"lie"'),
  'no ETag': (headers) => Reflect.deleteProperty(headers, 'etag'),
  'another version': (headers) => (headers['x-oss-version-id'] = 'lie'),
  'another segment length': (_headers, bytes) => bytes.writeUInt32BE(4096, 2),
  'a changed iv': (_headers, bytes) => (bytes[12]! ^= 1),
  'a changed tag': (_headers, bytes) => (bytes[60]! ^= 1),
  'a changed segment': (_headers, bytes) => (bytes[bytes.length - 1]! ^= 1),
}

function relabel(headers: Record<string, string>, length: number): void {
  const range = headers['content-range']
  if (range) headers['content-range'] = range.replace(/\d+$/, String(length))
}

/** Lets the answer with a number lie, and every other be honest. */
function lieOnce(lie: string, number: number): void {
  const honest = fixture.oss.getStream.bind(fixture.oss)
  let count = 0
  vi.spyOn(fixture.oss, 'getStream').mockImplementation(async (name, options) => {
    const answer = await honest(name, options)
    if (count++ !== number) return answer
    const { headers } = answer.res as { headers: Record<string, string> }
    const bytes = await buffer(answer.stream as Readable)
    lies[lie]?.(headers, bytes)
    return { ...answer, stream: Readable.from([bytes]) }
  })
}

const ranges: ByteRange[] = [
  { start: 3000, end: 3009 },
  { start: 0, end: 9 },
  { start: -10 },
  { start: 9000 },
  { start: data.length, end: data.length },
]

/** Resolves when the range is right; rejects with what reading it rejects with, unless that is right. */
const expectRange = async (reading: Promise<{ content: Buffer }>, { start, end }: ByteRange): Promise<void> => {
  const expected = start < 0 ? data.subarray(start) : data.subarray(start, (end ?? Infinity) + 1)
  try {
    const { content } = await reading
    expect(expected).not.toHaveLength(0)
    expect(sameBytes(content, expected)).toBe(true)
  } catch (error) {
    if (expected.length > 0 || !(error instanceof ServiceError && error.code === 'InvalidRange')) throw error
  }
}

/** Runs something several times, of which one may fail with a typed error. */
const expectOneFailure = async (rounds: number, run: () => Promise<unknown>): Promise<void> => {
  let failures = 0
  for (let round = 0; round < rounds; round += 1) {
    try {
      await run()
    } catch (error) {
      expect(error).toBeInstanceOf(OsscryptError)
      failures += 1
    }
  }
  expect(failures).toBeLessThanOrEqual(1)
}

describe.each(Object.keys(lies))('after %s in one answer', (lie) => {
  test.each([0, 1, 2])('(number %i) the same client reads right', async (number) => {
    for (const first of ranges.slice(1, 3)) {
      for (const allowUnverifiedRange of [false, true]) {
        vi.restoreAllMocks()
        const client = fixture.client()
        lieOnce(lie, number)
        await expectOneFailure(4, () => expectRange(client.getRange('object', first, { allowUnverifiedRange }), first))
        for (const range of ranges) await expectRange(client.getRange('object', range, { allowUnverifiedRange }), range)
      }
    }
  })

  test.each([0, 1, 2])('(number %i) an object that was opened is read right', async (number) => {
    const client = fixture.client()
    lieOnce(lie, number)
    await expectOneFailure(3, async () => {
      const object = await client.openRandomAccess('object')
      try {
        for (const range of ranges) await expectRange(object.read(range), range)
        expect(await object.verifyLength()).toBe(data.length)
        expect(sameBytes(await buffer(object.createReadStream()), data)).toBe(true)
        expect(object.plaintextLength).toBe(data.length)
      } finally {
        object.close()
      }
    })
  })

  test.each([0, 1, 2])('(number %i) head verifies the length', async (number) => {
    const client = fixture.client()
    lieOnce(lie, number)
    await expectOneFailure(3, async () => {
      expect((await client.head('object', { verifyLength: true })).plaintextLength).toBe(data.length)
    })
    expect((await client.head('object')).plaintextLength).toBe(data.length)
  })
})

test('an object that was opened by a wrong length is read right without being opened again', async () => {
  const client = fixture.client()
  for (const lie of ['a shorter length', 'a greater length']) {
    vi.restoreAllMocks()
    lieOnce(lie, 0)
    const object = await client.openRandomAccess('object')
    expect(object.plaintextLength).not.toBe(data.length)
    for (const range of ranges) await expectRange(object.read(range), range)
    expect(object.plaintextLength).toBe(data.length)
    object.close()
  }
})

test('of what was not verified nothing is kept', async () => {
  const client = fixture.client()
  changeAnswers(fixture.oss, 'getStream', ({ headers }) => {
    relabel(headers, total + 4096)
  })
  await client.getRange('object', { start: 0, end: 9 })
  await rejection(client.getRange('object', { start: -5 }))
  vi.restoreAllMocks()
  fixture.cloud.clearRequests()
  await expectRange(client.getRange('object', { start: 20, end: 29 }), { start: 20, end: 29 })
  await expectRange(client.getRange('object', { start: -5 }), { start: -5 })
  await expectRange(client.getRange('object', { start: -7 }), { start: -7 })
  // The header, the end, and then what is known.
  expect(fixture.operations().filter((operation) => operation === 'oss GetObject').length).toBeLessThanOrEqual(5)
})

test("another object's envelope in one answer is an error once", async () => {
  const client = fixture.client()
  await client.put('other', data, floe)
  const other = await readStored(fixture.oss, 'other')
  await client.getRange('object', { start: 5, end: 6 })
  changeAnswers(fixture.oss, 'getStream', ({ headers, count }) => {
    if (count === 0) replaceEnvelope(headers, other.headers)
  })
  expect(await rejection(client.getRange('object', { start: 5, end: 6 }))).toMatchObject({ code: 'BindingMismatch' })
  await expectRange(client.getRange('object', { start: 5, end: 6 }), { start: 5, end: 6 })
})
