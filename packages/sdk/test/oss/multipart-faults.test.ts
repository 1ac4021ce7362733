import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { OsscryptError } from 'osscrypt'
import type { Fault, FaultEffect } from 'osscrypt-local'
import { describe, expect, test, vi } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

const KIB = 1024
const fixture = useCloud({ timeout: 300 })
const data = patternBytes(450 * KIB)
const before = Buffer.from('what was there before')
const client = () =>
  fixture.client({
    multipartThreshold: 100 * KIB,
    memoryLimit: 64 * KIB,
    idleTimeoutMs: 120,
    retry: { maxAttempts: 3, delayMs: () => 1 },
  })
const options = { format: 'floe', partLength: 100 * KIB, segmentLength: 64 * KIB } as const
const effects: Readonly<Record<string, FaultEffect>> = {
  throttle: { kind: 'throttle' },
  'error 500': { kind: 'error', status: 500 },
  'error 403': { kind: 'error', status: 403 },
  'error 404': { kind: 'error', status: 404 },
  html: { kind: 'html' },
  delay: { kind: 'delay', delayMs: 30 },
  'drop answer': { kind: 'drop-answer' },
  'stall at 0': { kind: 'stall', afterBytes: 0 },
  'stall at 40': { kind: 'stall', afterBytes: 40 },
  'cut answer at 0': { kind: 'cut', of: 'answer', afterBytes: 0 },
  'cut answer at 40': { kind: 'cut', of: 'answer', afterBytes: 40 },
  'cut request at 0': { kind: 'cut', of: 'request', afterBytes: 0 },
  'cut request at 999': { kind: 'cut', of: 'request', afterBytes: 999 },
  'corrupt byte 1': { kind: 'corrupt', atByte: 1 },
  'corrupt byte 150': { kind: 'corrupt', atByte: 150 },
}
const operations = ['InitiateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const
const cases = operations.flatMap((operation) =>
  Object.entries(effects).map(([name, effect]) => [operation, name, effect] as const),
)

/** Plays a fault; the object is then what it was or what it is to be, and nothing else is left than what nobody could know of. */
async function play(fault: Omit<Fault, 'service'>, put: Record<string, unknown> = {}): Promise<unknown> {
  await client().put('object', before)
  fixture.cloud.faults.add({ service: 'oss', ...fault })
  const outcome = await within(8000, client().put('object', Readable.from([data]), { ...options, ...put })).then(
    () => undefined,
    (error: unknown) => error,
  )
  fixture.cloud.faults.clear()
  const { content } = await client().get('object')
  if (outcome === undefined) expect(sameBytes(content, data)).toBe(true)
  else {
    expect(outcome).toBeInstanceOf(OsscryptError)
    // A completion that OSS has carried out, and whose answers were all lost, is one that nobody can know of.
    const lost = fixture.operations().includes('oss CompleteMultipartUpload') && sameBytes(content, data)
    expect(lost || sameBytes(content, before), `${(outcome as Error).message}; ${fixture.operations().join()}`).toBe(
      true,
    )
  }
  const left = await client().listUploads()
  for (const { name, uploadId } of left) await client().abortUpload(name, uploadId)
  // An upload whose id never came is one that nobody knows of.
  if (fault.operation !== 'InitiateMultipartUpload') expect(left).toEqual([])
  expect(await fixture.files()).toEqual([])
  return outcome
}

describe('a fault that passes', () => {
  test.each(cases)('%s: %s', async (operation, _name, effect) => {
    const outcome = await play({ operation, effect, skip: operation === 'UploadPart' ? 1 : 0 })
    const refused = effect.kind === 'error' && effect.status < 500
    const idChanged = operation === 'InitiateMultipartUpload' && effect.kind === 'corrupt'
    if (!idChanged) expect(outcome === undefined, String(outcome)).toBe(!refused)
  })

  test.each(Object.entries(effects))('AbortMultipartUpload: %s', async (_name, effect) => {
    await client().put('object', before)
    // For ever: a part of the test before, given up and heard late, takes a single one away.
    const refused: FaultEffect = { kind: 'error', status: 403 }
    fixture.cloud.faults.add({ service: 'oss', operation: 'UploadPart', effect: refused, times: Infinity })
    fixture.cloud.faults.add({ service: 'oss', operation: 'AbortMultipartUpload', effect })
    const error = await rejection(within(8000, client().put('object', data, options)))
    expect(error.code).toBe('AccessDenied')
    fixture.cloud.faults.clear()
    const left = await client().listUploads()
    for (const { name, uploadId } of left) await client().abortUpload(name, uploadId)
    if (effect.kind !== 'error' || effect.status >= 500) expect(left).toEqual([])
    expect(sameBytes((await client().get('object')).content, before)).toBe(true)
  })
})

describe('a fault that stays', () => {
  test.each(cases.filter(([, , { kind }]) => kind !== 'delay'))('%s: %s', async (operation, _name, effect) => {
    await play({ operation, effect, times: Infinity })
  })
})

test('an abort that OSS does not answer is not waited for', async () => {
  fixture.cloud.faults.add({
    service: 'oss',
    operation: 'AbortMultipartUpload',
    effect: { kind: 'stall', afterBytes: 0 },
    times: 99,
  })
  fixture.cloud.faults.add({
    service: 'oss',
    operation: 'UploadPart',
    effect: { kind: 'error', status: 403 },
    times: Infinity,
  })
  const running = fixture.client({ multipartThreshold: 0, idleTimeoutMs: 60_000 }).put('object', data, options)
  expect((await rejection(within(7000, running))).code).toBe('AccessDenied')
})

describe('x-oss-forbid-overwrite', () => {
  const headers = { 'x-oss-forbid-overwrite': 'true' }

  test('keeps what is there', async () => {
    await client().put('object', before)
    const error = await rejection(client().put('object', data, { ...options, headers }))
    expect(error['serviceCode']).toBe('FileAlreadyExists')
    expect(await client().listUploads()).toEqual([])
    expect(sameBytes((await client().get('object')).content, before)).toBe(true)
  })

  test('does not take the own object, stored by an attempt whose answer was lost, for another', async () => {
    await client().delete('object')
    fixture.cloud.faults.add({ service: 'oss', operation: 'CompleteMultipartUpload', effect: { kind: 'drop-answer' } })
    await client().put('object', data, { ...options, headers })
    expect(fixture.operations()).toContain('oss HeadObject')
    expect(sameBytes((await client().get('object')).content, data)).toBe(true)
  })

  test('is noticed when another came first while the parts were sent', async () => {
    await client().delete('object')
    const stream = new PassThrough()
    const running = rejection(client().put('object', stream, { ...options, headers }))
    stream.write(data)
    await vi.waitFor(() => expect(fixture.operations()).toContain('oss UploadPart'))
    await client().put('object', before)
    stream.end()
    expect((await running)['serviceCode']).toBe('FileAlreadyExists')
    expect(sameBytes((await client().get('object')).content, before)).toBe(true)
    expect(await client().listUploads()).toEqual([])
  })
})

test('nothing is written to the console, however an upload ends', async () => {
  const written = (['warn', 'error', 'log'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation(() => undefined),
  )
  const path = join(fixture.folder, 'source')
  const long = patternBytes(3 * 1024 * KIB)
  await writeFile(path, long)
  const whole = (threshold: number) =>
    fixture.client({
      multipartThreshold: threshold,
      memoryLimit: 64 * KIB,
      idleTimeoutMs: 100,
      retry: { maxAttempts: 2, delayMs: () => 1 },
    })
  for (const threshold of [0, Infinity]) {
    const operation = threshold === 0 ? 'UploadPart' : 'PutObject'
    for (const effect of Object.values(effects)) {
      fixture.cloud.faults.add({ service: 'oss', operation, effect })
      await whole(threshold)
        .put('object', path, { ...options, format: 'gcm', segmentLength: undefined })
        .catch(() => undefined)
    }
    const controller = new AbortController()
    fixture.cloud.faults.add({ service: 'oss', operation, effect: { kind: 'delay', delayMs: 500 } })
    setTimeout(() => controller.abort(), 60)
    await rejection(whole(threshold).put('object', path, { ...options, signal: controller.signal }))
    const broken = Readable.from(breaks(long))
    await rejection(whole(threshold).put('object', broken, options))
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(written.flatMap((spy) => spy.mock.calls.map(([first]) => String(first).slice(0, 200)))).toEqual([])
  for (const spy of written) spy.mockRestore()
})

async function* breaks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 1024 * KIB)
  await new Promise((resolve) => setTimeout(resolve, 20))
  throw new Error('the source is broken')
}
