import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultEffect } from '../../src/faults/fault-plan.js'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer } from './raw-request.js'
import { createClient, someBytes, type Client } from './target.js'

let local: LocalOss
let client: Client
const bytes = someBytes(300_000)

beforeAll(async () => {
  local = await startLocalOss()
  client = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })
  await client.put('big', bytes)
  await client.put('small', Buffer.from('0123456789'))
})
afterEach(() => local.faults.clear())
afterAll(() => local.close())

const play = (operation: string, effect: FaultEffect): void => local.faults.add({ service: 'oss', operation, effect })

/** Reads an object until the connection ends or nothing has come for a while. */
async function readSome(key: string, quietMs = 300): Promise<{ bytes: Buffer; ended: 'whole' | 'broken' | 'stalled' }> {
  const { stream } = await client.getStream(key)
  const chunks: Buffer[] = []
  const ended = await new Promise<'whole' | 'broken' | 'stalled'>((resolve) => {
    let timer = setTimeout(() => resolve('stalled'), quietMs)
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(() => resolve('stalled'), quietMs)
    })
    stream.on('end', () => resolve('whole'))
    stream.on('error', () => resolve('broken'))
    stream.on('aborted', () => resolve('broken'))
  })
  stream.destroy()
  return { bytes: Buffer.concat(chunks), ended }
}

test('throttles in OSS words', async () => {
  play('GetObject', { kind: 'throttle' })
  const throttled = await client.get('small').catch((error: unknown) => error)
  expect(throttled).toMatchObject({ status: 503, code: 'TotalQpsLimitExceeded' })
  expect(String((await client.get('small')).content)).toBe('0123456789')
})

test.each([
  [500, undefined, 'InternalError'],
  [503, undefined, 'ServiceUnavailable'],
  [403, 'SecurityTokenExpired', 'SecurityTokenExpired'],
])('answers with error %i %s', async (status, code, expected) => {
  for (const [operation, act] of [
    ['GetObject', 'get'],
    ['HeadObject', 'head'],
    ['DeleteObject', 'delete'],
  ] as const) {
    play(operation, { kind: 'error', status, ...(code !== undefined && { code }) })
    await expect(client[act]('small')).rejects.toMatchObject({ status, code: expected })
  }
})

test('delays', async () => {
  play('GetObject', { kind: 'delay', delayMs: 200 })
  const start = performance.now()
  expect(String((await client.get('small')).content)).toBe('0123456789')
  expect(performance.now() - start).toBeGreaterThan(190)
})

test.each(['small', 'big'])('stalls and cuts the answer for the %s object', async (key) => {
  const whole = (await client.get(key)).content
  for (const afterBytes of [0, 1, whole.length - 1]) {
    play('GetObject', { kind: 'stall', afterBytes })
    expect(await readSome(key)).toEqual({ bytes: whole.subarray(0, afterBytes), ended: 'stalled' })
    play('GetObject', { kind: 'cut', of: 'answer', afterBytes })
    expect(await readSome(key)).toEqual({ bytes: whole.subarray(0, afterBytes), ended: 'broken' })
  }
  expect(await readSome(key)).toEqual({ bytes: whole, ended: 'whole' })
})

test('stalls and cuts answers without a body before their head', async () => {
  play('HeadObject', { kind: 'stall', afterBytes: 0 })
  await expect(client.head('small', { timeout: 200 })).rejects.toMatchObject({ name: 'ResponseTimeoutError' })
  play('HeadObject', { kind: 'cut', of: 'answer', afterBytes: 0 })
  await expect(client.head('small')).rejects.toMatchObject({ status: -1 })
  play('HeadObject', { kind: 'stall', afterBytes: 1 })
  expect((await client.head('small')).status).toBe(200)
})

test.each([0, 1, 150_000, 299_999])('cuts a request after %i bytes and keeps nothing of it', async (afterBytes) => {
  play('PutObject', { kind: 'cut', of: 'request', afterBytes })
  await expect(client.put('cut', bytes)).rejects.toMatchObject({ status: -1 })
  await expect(client.head('cut')).rejects.toMatchObject({ status: 404 })
})

test.each([
  ['small', 0],
  ['small', 9],
  ['big', 0],
  ['big', 70_000],
  ['big', 299_999],
])('corrupts the %s object at byte %i', async (key, atByte) => {
  const expected = Buffer.from((await client.get(key)).content)
  play('GetObject', { kind: 'corrupt', atByte })
  expected[atByte]! ^= 1
  expect(Buffer.compare((await client.get(key)).content, expected)).toBe(0)
})

test('drops the answer of what it has done', async () => {
  play('PutObject', { kind: 'drop-answer' })
  await expect(client.put('dropped', Buffer.from('there'))).rejects.toMatchObject({ status: -1 })
  expect(String((await client.get('dropped')).content)).toBe('there')
  play('DeleteObject', { kind: 'drop-answer' })
  await expect(client.delete('dropped')).rejects.toMatchObject({ status: -1 })
  await expect(client.head('dropped')).rejects.toMatchObject({ status: 404 })
  play('GetObject', { kind: 'drop-answer' })
  await expect(client.get('big')).rejects.toMatchObject({ status: -1 })
})

test('answers like a proxy', async () => {
  for (const act of [() => client.get('small'), () => client.put('proxied', bytes)]) {
    local.faults.add({ service: 'oss', effect: { kind: 'html' } })
    await expect(act()).rejects.toMatchObject({ status: 502 })
  }
  await expect(client.head('proxied')).rejects.toMatchObject({ status: 404 })
})

describe('lies about ranges', () => {
  const read = (range: string): Promise<RawAnswer> => {
    const raw = { path: `/${BUCKET}/small`, headers: { range } }
    return sendRaw(local.port, signV1(ACCESS_KEY, raw, raw.path))
  }

  test.each([
    ['whole', 200, undefined, '0123456789'],
    ['shifted', 206, 'bytes 5-7/10', '567'],
    ['mislabelled', 206, 'bytes 2-4/10', '567'],
    ['short', 206, 'bytes 2-2/10', '2'],
  ] as const)('%s', async (lie, status, contentRange, body) => {
    play('GetObject', { kind: 'lie-range', lie })
    const answer = await read('bytes=2-4')
    expect([answer.status, answer.headers['content-range'], String(answer.body)]).toEqual([status, contentRange, body])
    expect(String((await read('bytes=2-4')).body)).toBe('234')
  })

  test.each([
    ['bytes=7-9', '456'],
    ['bytes=0-6', '3456789'],
    ['bytes=3-9', '0123456'],
    ['bytes=0-9', '0123456789'],
  ])('shifts %s to where there is room', async (range, body) => {
    play('GetObject', { kind: 'lie-range', lie: 'shifted' })
    expect(String((await read(range)).body)).toBe(body)
  })
})

test('plays a fault on the operation it is for, after those that it skips', async () => {
  local.faults.add({ service: 'oss', operation: 'HeadObject', skip: 1, times: 2, effect: { kind: 'throttle' } })
  local.faults.add({ service: 'kms', effect: { kind: 'throttle' } })
  const outcomes: number[] = []
  for (let i = 0; i < 4; i += 1) {
    await client.get('small')
    outcomes.push(
      await client.head('small').then(
        () => 200,
        (error: { status: number }) => error.status,
      ),
    )
  }
  expect(outcomes).toEqual([200, 503, 503, 200])
})

test('plays none on a request that is not allowed', async () => {
  play('GetObject', { kind: 'throttle' })
  expect((await sendRaw(local.port, { path: `/${BUCKET}/small` })).status).toBe(403)
  expect(local.faults.waiting).toHaveLength(1)
})
