import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'

const fixture = useCloud()
const allowed = { allowUnverifiedRange: true }

describe('every range of a small object', () => {
  test.each(['AES_GCM_NOPADDING_128', 'AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128'] as const)(
    '%s',
    { timeout: 60_000 },
    async (algorithm) => {
      const plaintext = patternBytes(50)
      const client = fixture.client()
      await client.put('object', plaintext, { algorithm })
      const edges = [0, 1, 15, 16, 17, 31, 32, 33, 48, 49]
      for (const start of edges) {
        for (const end of [...edges.filter((edge) => edge >= start), 50, 1000, undefined]) {
          const { content, range, verified } = await client.getRange(
            'object',
            end === undefined ? { start } : { start, end },
            allowed,
          )
          const last = Math.min(end ?? 49, 49)
          expect(sameBytes(content, plaintext.subarray(start, last + 1)), `${start}-${end}`).toBe(true)
          expect(range).toEqual({ start, end: last, totalLength: 50 })
          expect(verified).toBe(false)
        }
      }
      for (const length of [1, 2, 15, 16, 17, 18, 32, 33, 34, 35, 49, 50, 51, 1000]) {
        const { content, range } = await client.getRange('object', { start: -length }, allowed)
        expect(sameBytes(content, plaintext.subarray(-length)), `-${length}`).toBe(true)
        expect(range).toEqual({ start: Math.max(0, 50 - length), end: 49, totalLength: 50 })
      }
    },
  )
})

test('ranges of a large object', async () => {
  const plaintext = patternBytes(3_000_001)
  const client = fixture.client()
  await client.put('object', plaintext)
  for (const [start, end] of [
    [0, 0],
    [0, 2_999_999],
    [0, 3_000_000],
    [1_048_575, 1_048_577],
    [65_535, 2_000_000],
    [3_000_000, 3_000_000],
  ] as const) {
    const { content } = await client.getRange('object', { start, end }, allowed)
    expect(sameBytes(content, plaintext.subarray(start, end + 1))).toBe(true)
  }
  expect(fixture.operations().filter((operation) => operation === 'oss GetObject')).toHaveLength(6)
})

test('outside the object, and of an empty one', async () => {
  const client = fixture.client()
  await client.put('object', patternBytes(50))
  await client.put('empty', Buffer.alloc(0))
  for (const start of [50, 51, 64, 1000]) {
    expect(await rejection(client.getRange('object', { start }, allowed))).toMatchObject({ code: 'InvalidRange' })
  }
  for (const range of [{ start: 0 }, { start: 0, end: 0 }, { start: 5 }, { start: -1 }]) {
    expect(await rejection(client.getRange('empty', range, allowed))).toMatchObject({ code: 'InvalidRange' })
  }
})

test.each([
  ['an end before the start', { start: 5, end: 4 }],
  ['half a byte', { start: 0.5 }],
  ['NaN', { start: Number.NaN }],
  ['a text', { start: '0' }],
  ['no start', {}],
  ['a suffix with an end', { start: -5, end: 10 }],
  ['an infinite end', { start: 0, end: Infinity }],
  ['a start beyond all numbers', { start: 2 ** 60 }],
])('%s is misuse, and nothing is sent', async (_title, range) => {
  expect(await rejection(fixture.client().getRange('object', range as never, allowed))).toBeInstanceOf(RangeError)
  expect(fixture.operations()).toEqual([])
})

test('nothing is handed out, and KMS is not asked, when the caller has not said that it may be unverified', async () => {
  await fixture.client().put('object', Buffer.alloc(50))
  fixture.cloud.clearRequests()
  expect(await rejection(fixture.client().getRange('object', { start: 0 }))).toMatchObject({ code: 'NotAllowed' })
  expect(fixture.operations()).toEqual(['oss GetObject'])
})

test('suites other than GCM are refused', async () => {
  const options = { algorithm: 'AES_CTR_NOPADDING_256', allowUnauthenticatedAlgorithms: true } as const
  await fixture.client().put('object', Buffer.alloc(50), options)
  const { allowUnauthenticatedAlgorithms } = options
  const reading = { ...allowed, allowUnauthenticatedAlgorithms }
  expect(await rejection(fixture.client().getRange('object', { start: 1 }, reading))).toMatchObject({
    code: 'UnsupportedAlgorithm',
  })
})

test('no more is taken into memory than is allowed', async () => {
  const client = fixture.client()
  await client.put('object', patternBytes(1000))
  const options = { ...allowed, maxBufferLength: 100 }
  expect((await client.getRange('object', { start: 3, end: 102 }, options)).content).toHaveLength(100)
  expect(await rejection(client.getRange('object', { start: 3, end: 103 }, options))).toMatchObject({
    code: 'LimitExceeded',
  })
  expect((await client.get('object', { maxBufferLength: 1000 })).content).toHaveLength(1000)
  expect(await rejection(client.get('object', { maxBufferLength: 999 }))).toMatchObject({ code: 'LimitExceeded' })
})

test('headers that would change which bytes come are misuse', async () => {
  const client = fixture.client()
  await client.put('object', patternBytes(1000))
  fixture.cloud.clearRequests()
  for (const header of ['Range', 'range', 'If-Range', 'X-Oss-Range-Behavior']) {
    for (const run of [
      () => client.get('object', { headers: { [header]: 'bytes=0-1' } }),
      () => client.getStream('object', { headers: { [header]: 'bytes=0-1' } }),
      () => client.getRange('object', { start: 0 }, { ...allowed, headers: { [header]: 'bytes=0-1' } }),
    ]) {
      expect(await rejection(run())).toBeInstanceOf(TypeError)
    }
  }
  expect(fixture.operations()).toEqual([])
})

test('the data key is zeroed, however it ends', async () => {
  const dataKeys = new SpyDataKeys(fixture.dataKeys())
  const client = fixture.client({ dataKeys })
  await client.put('object', patternBytes(100))
  await client.getRange('object', { start: 1 }, allowed)
  await rejection(client.getRange('object', { start: 1 }, { ...allowed, maxBufferLength: 1 }))
  await rejection(client.getRange('object', { start: 100 }, allowed))
  expect(dataKeys.handedOut.length).toBeGreaterThanOrEqual(3)
  expect(dataKeys.zeroed).toBe(true)
})
