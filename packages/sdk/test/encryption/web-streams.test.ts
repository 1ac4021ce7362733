import { describe, expect, test } from 'vitest'
import { toPair, type Transform } from '../../src/encryption/web-encryption-transform.js'
import { openIntake } from '../../src/encryption/web-intake.js'
import { rejection } from '../support/rejection.js'

// What a page and a worker have, on Node's web streams.

const bytes = (...values: number[]) => Uint8Array.from(values)
const same: Transform = async function* (pieces) {
  yield* pieces
}
const tick = () => new Promise((resolve) => setImmediate(resolve))

describe('an intake', () => {
  test('gives what is written, in order, and ends when it is closed', async () => {
    const { writable, chunks } = openIntake()
    const writer = writable.getWriter()
    const writing = Promise.all([writer.write(bytes(1)), writer.write(bytes(2)), writer.close()])
    const taken = []
    for await (const chunk of chunks) taken.push(chunk)
    await writing
    expect(taken).toEqual([bytes(1), bytes(2)])
  })

  test('lets a write wait until its chunk is taken', async () => {
    const { writable, chunks } = openIntake()
    const writer = writable.getWriter()
    let ended = 0
    const writes = [1, 2].map((value) => writer.write(bytes(value)).then(() => (ended += 1)))
    await tick()
    expect(ended).toBe(0)
    await chunks.next()
    await writes[0]
    await tick()
    expect(ended).toBe(1)
    await chunks.next()
    await writes[1]
    expect(ended).toBe(2)
  })

  test('that is aborted throws the reason, to whoever waits and to who comes later', async () => {
    const reason = new Error('enough')
    const { writable, chunks } = openIntake()
    const waiting = rejection(chunks.next())
    await writable.abort(reason)
    expect(await waiting).toBe(reason)
    const late = openIntake()
    await late.writable.abort(reason)
    expect(await rejection(late.chunks.next())).toBe(reason)
  })

  test('that fails ends the write that is there, those that wait, and those to come', async () => {
    const reason = new Error('enough')
    const { writable, fail } = openIntake()
    const writer = writable.getWriter()
    const writes = [writer.write(bytes(1)), writer.write(bytes(2))].map(rejection)
    await tick()
    fail(reason)
    writes.push(rejection(writer.write(bytes(3))), rejection(writer.closed))
    expect(await Promise.all(writes)).toEqual([reason, reason, reason, reason])
  })

  test('that has ended is not failed by what comes after', async () => {
    const { writable, chunks, fail } = openIntake()
    await writable.close()
    fail(new Error('late'))
    expect(await chunks.next()).toEqual({ done: true, value: undefined })
  })
})

describe('a pair of streams', () => {
  const endless = () => new ReadableStream<Uint8Array>({ pull: (source) => source.enqueue(bytes(1, 2, 3)) })

  test('passes on what the transform makes, by pipeThrough', async () => {
    const source = new Blob([bytes(1, 2, 3)]).stream() as ReadableStream<Uint8Array>
    const passed = source.pipeThrough(toPair(same, undefined))
    expect(new Uint8Array(await new Response(passed).arrayBuffer())).toEqual(bytes(1, 2, 3))
  })

  test.each(['by the signal', 'by whoever reads', 'by the transform'])(
    'that is ended %s ends whoever writes',
    async (how) => {
      const reason = new Error('enough')
      const controller = new AbortController()
      const failing: Transform = async function* (pieces) {
        for await (const piece of pieces) {
          yield piece
          throw reason
        }
      }
      const { readable, writable } = toPair(how === 'by the transform' ? failing : same, controller.signal)
      const written = rejection(endless().pipeTo(writable))
      const reader = readable.getReader()
      await reader.read()
      if (how === 'by the signal') controller.abort(reason)
      if (how === 'by whoever reads') await reader.cancel(reason)
      else expect(await rejection(readAll(reader))).toBe(reason)
      expect(await written).toBe(reason)
    },
  )

  test('whose source fails fails with that', async () => {
    const reason = new Error('the disk is gone')
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(reason) })
    expect(await rejection(readAll(source.pipeThrough(toPair(same, undefined)).getReader()))).toBe(reason)
  })

  test('refuses what is no bytes', async () => {
    const source = new ReadableStream({ pull: (controller) => controller.enqueue('text') })
    const reader = (source as ReadableStream<Uint8Array>).pipeThrough(toPair(same, undefined)).getReader()
    expect(await rejection(readAll(reader))).toBeInstanceOf(TypeError)
  })
})

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
