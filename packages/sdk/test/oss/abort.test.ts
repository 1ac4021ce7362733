import { setTimeout as sleep } from 'node:timers/promises'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { inspect } from 'node:util'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

const MIB = 1024 * 1024

/** The kinds of reason that a signal can have; an HTTP client that decorates errors must not touch them. */
const reasons: readonly (readonly [string, () => unknown])[] = [
  ['the default reason', () => undefined],
  ['an Error', () => new Error('stop')],
  ['a frozen Error', () => Object.freeze(new Error('stop'))],
  ['a string', () => 'stop'],
]

describe.each(reasons)('aborted with %s', (_title, makeReason) => {
  const fixture = useCloud()

  /** Runs an operation, aborts it, and checks how it ends. */
  async function aborts(
    run: (signal: AbortSignal) => Promise<unknown>,
    when: Promise<unknown> | number,
  ): Promise<void> {
    const controller = new AbortController()
    const reason = makeReason()
    const before = reason instanceof Error ? inspect(reason) : ''
    const running = rejection(run(controller.signal))
    await (typeof when === 'number' ? sleep(when) : when)
    const start = performance.now()
    controller.abort(reason)
    expect(await within(2000, running)).toBe(controller.signal.reason)
    expect(performance.now() - start).toBeLessThan(500)
    if (reason instanceof Error) expect(inspect(reason)).toBe(before)
  }

  test('before anything begins', async () => {
    const client = fixture.client()
    await client.put('object', Buffer.alloc(100))
    fixture.cloud.clearRequests()
    const stream = Readable.from([Buffer.alloc(10)])
    await writeFile(join(fixture.folder, 'target'), 'before')
    const controller = new AbortController()
    controller.abort(makeReason())
    const { signal } = controller
    for (const run of [
      () => client.put('other', Buffer.alloc(10), { signal }),
      () => client.put('other', stream, { signal }),
      () => client.get('object', { signal }),
      () => client.get('object', join(fixture.folder, 'target'), { signal }),
      () => client.getStream('object', { signal }),
      () => client.getRange('object', { start: 1 }, { signal, allowUnverifiedRange: true }),
      () => client.head('object', { signal }),
      () => client.copy('other', 'object', { signal }),
      () => client.delete('object', { signal }),
    ]) {
      expect(await rejection(run())).toBe(signal.reason)
    }
    expect(fixture.operations()).toEqual([])
    expect(stream.destroyed).toBe(true)
    expect(await readFile(join(fixture.folder, 'target'), 'utf8')).toBe('before')
    expect(await fixture.files()).toEqual(['target'])
  })

  test('while KMS is asked', async () => {
    const client = fixture.client()
    await client.put('object', Buffer.alloc(2 * MIB))
    const stream = Readable.from([Buffer.alloc(10)])
    for (const run of [
      (signal: AbortSignal) => client.put('other', stream, { signal }),
      (signal: AbortSignal) => client.get('object', { signal }),
      (signal: AbortSignal) => client.get('object', join(fixture.folder, 'target'), { signal }),
      (signal: AbortSignal) => client.getStream('object', { signal }),
      (signal: AbortSignal) => client.getRange('object', { start: 1 }, { signal, allowUnverifiedRange: true }),
    ]) {
      fixture.cloud.faults.add({ service: 'kms', effect: { kind: 'delay', delayMs: 900 } })
      await aborts(run, 60)
    }
    expect(stream.destroyed).toBe(true)
    expect(await fixture.files()).toEqual([])
  })

  test.each([
    ['small', 1000],
    ['large', 20 * MIB],
  ])('while a %s object is on its way up', async (_size, size) => {
    const client = fixture.client({ memoryLimit: 30 * MIB })
    const path = join(fixture.folder, 'source')
    await writeFile(path, Buffer.alloc(size))
    for (const source of [path, Buffer.alloc(size), Readable.from([Buffer.alloc(size)])]) {
      fixture.cloud.clearRequests()
      fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: 'delay', delayMs: 800 } })
      await aborts(
        (signal) => client.put('object', source, { signal }),
        waitFor(() => fixture.operations().includes('oss PutObject')),
      )
    }
    await sleep(20)
    expect(await fixture.files()).toEqual(['source'])
  })

  test('while an object is on its way down', async () => {
    const client = fixture.client({ memoryLimit: MIB })
    await client.put('object', patternBytes(8 * MIB))
    const target = join(fixture.folder, 'target')
    for (const run of [
      (signal: AbortSignal) => client.get('object', { signal }),
      (signal: AbortSignal) => client.get('object', target, { signal }),
      (signal: AbortSignal) => client.getStream('object', { signal }),
      (signal: AbortSignal) => client.getRange('object', { start: 1 }, { signal, allowUnverifiedRange: true }),
      (signal: AbortSignal) => client.copy('other', 'object', { signal }),
    ]) {
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        effect: { kind: 'stall', afterBytes: 3 * MIB },
      })
      await aborts(run, 150)
    }
    expect(await fixture.files()).toEqual([])
  })

  test('while the answer to a request does not come', async () => {
    const client = fixture.client()
    await client.put('object', Buffer.alloc(100), { bindToObject: false })
    for (const [operation, run] of [
      ['HeadObject', (signal: AbortSignal) => client.head('object', { signal })],
      ['GetObject', (signal: AbortSignal) => client.get('object', { signal })],
      ['CopyObject', (signal: AbortSignal) => client.copy('other', 'object', { signal })],
      ['DeleteObject', (signal: AbortSignal) => client.delete('object', { signal })],
    ] as const) {
      fixture.cloud.faults.add({ service: 'oss', operation, effect: { kind: 'delay', delayMs: 900 } })
      await aborts(run, 60)
    }
  })

  test('while an error is being read', async () => {
    fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', effect: { kind: 'stall', afterBytes: 20 } })
    await aborts((signal) => fixture.client().get('none', { signal }), 100)
  })

  test('while it waits for the next attempt', async () => {
    fixture.cloud.faults.add({ service: 'oss', effect: { kind: 'throttle' }, times: Infinity })
    const client = fixture.client({ retry: { maxAttempts: 3, delayMs: () => 60_000 } })
    await aborts((signal) => client.get('object', { signal }), 100)
  })

  test("while the caller's stream stands still", async () => {
    const stream = new PassThrough()
    stream.write(Buffer.alloc(100))
    await aborts((signal) => fixture.client().put('object', stream, { signal }), 100)
    expect(stream.destroyed).toBe(true)
  })

  test("while the caller's web stream stands still", async () => {
    let cancelled = false
    const stream = new ReadableStream({
      cancel: () => {
        cancelled = true
      },
    })
    await aborts((signal) => fixture.client().put('object', stream as never, { signal }), 100)
    await sleep(10)
    expect(cancelled).toBe(true)
  })

  test.each([
    ['in memory', 100 * MIB],
    ['in a temporary file', 0],
  ])('while a stream that is held %s is being read', async (_place, memoryLimit) => {
    const client = fixture.client({ memoryLimit })
    await client.put('object', patternBytes(4 * MIB))
    const controller = new AbortController()
    const { stream } = await client.getStream('object', { signal: controller.signal })
    let read = 0
    const consumed = rejection(
      (async () => {
        for await (const chunk of stream) {
          read += (chunk as Buffer).length
          controller.abort(makeReason())
        }
      })(),
    )
    const error = await within(2000, consumed)
    expect(read).toBeLessThan(4 * MIB)
    expect([error, error.cause]).toContain(controller.signal.reason)
    expect(stream.destroyed).toBe(true)
    expect(await fixture.files()).toEqual([])
  })
})

describe('a signal that is aborted too late', () => {
  const fixture = useCloud()

  test('changes nothing', async () => {
    const client = fixture.client()
    const controller = new AbortController()
    const { signal } = controller
    await client.put('object', Buffer.from('x'), { signal })
    const got = await client.get('object', { signal })
    const { stream } = await client.getStream('object', { signal })
    expect(sameBytes(await buffer(stream), Buffer.from('x'))).toBe(true)
    controller.abort()
    expect(got.content.toString()).toBe('x')
    expect((await client.get('object')).content.toString()).toBe('x')
  })

  test('has no listeners left on it', async () => {
    const client = fixture.client()
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
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
    await client.put('object', Readable.from([Buffer.alloc(MIB)]), { signal })
    await client.get('object', { signal })
    await client.getRange('object', { start: 0, end: 5 }, { signal, allowUnverifiedRange: true })
    await client.head('object', { signal })
    expect(listeners).toBe(0)
  })
})

async function waitFor(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !condition(); round += 1) await sleep(5)
}
