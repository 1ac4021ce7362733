import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { OsscryptError, ServiceError } from 'osscrypt'
import type { ByteRange, ObjectStore } from 'osscrypt/oss'
import { beforeAll, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, type StoredObject } from '../support/stored-object.js'

const fixture = useCloud()
const data = patternBytes(5000)
/** What GCM can count, and where numbers and formats end. */
const LIMIT = 2 ** 36 - 32
const places = [
  LIMIT - 17,
  LIMIT - 16,
  LIMIT - 1,
  LIMIT,
  LIMIT + 1,
  2 ** 36,
  2 ** 40,
  2 ** 49,
  2 ** 53 - 2,
  2 ** 53 - 1,
]
const stored: Record<string, StoredObject> = {}
beforeAll(async () => {
  for (const format of ['gcm', 'floe'] as const) {
    await fixture.client().put('object', data, { format, segmentLength: format === 'floe' ? 1024 : undefined })
    stored[format] = await readStored(fixture.oss, 'object')
  }
  await fixture.client().put('gcm', data)
  await fixture.client().put('floe', data, { format: 'floe', segmentLength: 1024 })
})

/** A store that has every byte of an object of any length, and says so. */
function endlessStore(format: string, totalLength: number): ObjectStore {
  const { headers, body } = stored[format]!
  const unused = () => Promise.reject(new Error('not used'))
  const get: ObjectStore['get'] = (_name, { range }) => {
    if (!range) {
      const whole = { ...headers, 'content-length': String(totalLength) }
      return Promise.resolve({ status: 200, headers: whole, body: Readable.from([body]) })
    }
    const start = range.start < 0 ? Math.max(0, totalLength + range.start) : range.start
    const end = Math.min(range.end ?? Infinity, totalLength - 1)
    if (start > end) {
      return Promise.reject(new ServiceError('InvalidRange', 'outside', { service: 'oss', status: 416 }))
    }
    const bytes = Buffer.alloc(Math.min(end - start + 1, 100_000), 7)
    if (start < body.length) body.copy(bytes, 0, start)
    const ranged = {
      ...headers,
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${totalLength}`,
    }
    return Promise.resolve({ status: 206, headers: ranged, body: Readable.from([bytes]) })
  }
  return { get, put: unused, head: unused, delete: unused, copy: unused }
}

const allowed = { allowUnverifiedRange: true, maxBufferLength: 1_000_000 }
const noRetry = { maxAttempts: 1, delayMs: () => 0 }

describe.each(['gcm', 'floe'])('%s', (format) => {
  test.each(places)('a range at %i of an object that is shorter is outside of it', async (place) => {
    const ranges: ByteRange[] = [{ start: place }, { start: place, end: place }, { start: place, end: 2 ** 53 - 1 }]
    const client = fixture.client()
    for (const range of [...ranges, ...ranges]) {
      expect(await rejection(client.getRange(format, range, allowed))).toMatchObject({ code: 'InvalidRange' })
    }
    for (const range of [{ start: 0, end: place }, { start: -place }]) {
      expect((await client.getRange(format, range, allowed)).content.equals(data)).toBe(true)
    }
    if (format === 'floe') {
      const object = await client.openRandomAccess(format)
      for (const range of ranges) expect(await rejection(object.read(range))).toMatchObject({ code: 'InvalidRange' })
      expect((await object.read({ start: 0, end: place })).content.equals(data)).toBe(true)
      expect((await buffer(object.createReadStream({ start: 0, end: place }))).equals(data)).toBe(true)
      object.close()
    }
  })

  test.each(places)('of an object that is said to be longer than %i nothing but typed errors come', async (place) => {
    for (const totalLength of [place, Math.min(place + 1, 2 ** 49), 2 ** 49]) {
      const store = endlessStore(format, totalLength)
      const client = fixture.client({ store, retry: noRetry })
      for (const range of [
        { start: place - 1, end: place - 1 },
        { start: place - 5, end: Math.min(place + 5, 2 ** 53 - 1) },
        { start: place - 1 },
        { start: -1 },
        { start: -100 },
        { start: Math.max(0, place - 100_000), end: place },
      ]) {
        const outcome = await client.getRange('object', range, allowed).catch((error: unknown) => error)
        // As far as GCM counts, there may be such bytes, of which nothing is verified.
        if (format === 'gcm' && totalLength <= LIMIT && !(outcome instanceof Error)) {
          expect(outcome).toMatchObject({ verified: false })
        } else expect(outcome, JSON.stringify({ range, totalLength })).toBeInstanceOf(OsscryptError)
      }
      const reading = client.get('object', { maxBufferLength: 1_000_000 })
      expect(await rejection(reading)).toBeInstanceOf(OsscryptError)
      expect(await rejection(client.get('object', `${fixture.folder}/file`))).toBeInstanceOf(OsscryptError)
      expect(await rejection(client.openRandomAccess('object').then((object) => object.verifyLength()))).toBeInstanceOf(
        OsscryptError,
      )
      expect(await fixture.files()).toEqual([])
    }
  })
})
