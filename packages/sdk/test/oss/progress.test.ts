import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

const MIB = 1024 * 1024
const fixture = useCloud()

interface Step {
  readonly bytes: number
  readonly total: number | undefined
}

/** Whether bytes only ever grow, but for attempts that start again. */
function attemptsOf(steps: readonly Step[]): Step[][] {
  const attempts: Step[][] = [[]]
  for (const step of steps) {
    if (step.bytes < (attempts.at(-1)!.at(-1)?.bytes ?? 0)) attempts.push([])
    attempts.at(-1)!.push(step)
  }
  return attempts
}

describe.each([0, 1, 100_000, 5 * MIB + 3])('of %i bytes', (size) => {
  test('put tells of every byte', async () => {
    const bytes = patternBytes(size)
    const path = join(fixture.folder, 'source')
    await writeFile(path, bytes)
    for (const source of [bytes, path, Readable.from([bytes])]) {
      const steps: Step[] = []
      await fixture.client({ memoryLimit: MIB }).put('object', source, { progress: (step) => steps.push(step) })
      expect(attemptsOf(steps)).toHaveLength(1)
      expect(steps.at(-1)).toEqual({ bytes: size, total: size })
      if (size > MIB) expect(steps.length).toBeGreaterThan(5)
    }
  })

  test('get tells of every byte', async () => {
    const client = fixture.client({ memoryLimit: MIB })
    await client.put('object', patternBytes(size))
    for (const run of [
      (progress: (step: Step) => void) => client.get('object', { progress }),
      (progress: (step: Step) => void) => client.get('object', join(fixture.folder, 'target'), { progress }),
      (progress: (step: Step) => void) => client.getStream('object', { progress }),
    ]) {
      const steps: Step[] = []
      const result = await run((step) => steps.push(step))
      if ('stream' in result && result.stream instanceof Readable) result.stream.destroy()
      expect(attemptsOf(steps)).toHaveLength(1)
      if (size > 0) expect(steps.at(-1)).toEqual({ bytes: size, total: size })
    }
  })
})

test('put starts again from the start with every attempt', async () => {
  const size = 5 * MIB
  fixture.cloud.faults.add({
    service: 'oss',
    operation: 'PutObject',
    effect: { kind: 'cut', of: 'request', afterBytes: 3 * MIB },
    times: 2,
  })
  const steps: Step[] = []
  await fixture.client().put('object', patternBytes(size), { progress: (step) => steps.push(step) })
  const attempts = attemptsOf(steps)
  expect(attempts).toHaveLength(3)
  expect(attempts.at(-1)!.at(-1)).toEqual({ bytes: size, total: size })
})

describe('a callback that throws', () => {
  const failure = new Error('the window is gone')
  const progress = ({ bytes }: Step) => {
    if (bytes > 2 * MIB) throw failure
  }

  test('rejects a put, which is not tried again', async () => {
    const bytes = patternBytes(5 * MIB)
    const path = join(fixture.folder, 'source')
    await writeFile(path, bytes)
    for (const source of [bytes, path, Readable.from([bytes])]) {
      fixture.cloud.clearRequests()
      expect(await rejection(fixture.client({ memoryLimit: MIB }).put('broken', source, { progress }))).toBe(failure)
      expect(fixture.operations().filter((operation) => operation === 'oss PutObject').length).toBeLessThanOrEqual(1)
      expect(await rejection(fixture.oss.head('broken'))).toMatchObject({ status: 404 })
    }
    expect(failure.message).toBe('the window is gone')
    expect(failure.name).toBe('Error')
    expect(await fixture.files()).toEqual(['source'])
  })

  test('rejects a get, which leaves nothing', async () => {
    const client = fixture.client({ memoryLimit: MIB })
    await client.put('object', patternBytes(5 * MIB))
    expect(await rejection(client.get('object', { progress }))).toBe(failure)
    expect(await rejection(client.get('object', join(fixture.folder, 'target'), { progress }))).toBe(failure)
    expect(await rejection(client.getStream('object', { progress }))).toBe(failure)
    expect(await fixture.files()).toEqual([])
  })
})

describe('fifty at once', () => {
  test('with one client, each its own', async () => {
    const client = fixture.client({ memoryLimit: 64 * 1024 })
    const objects = Array.from({ length: 50 }, (_, index) => ({
      name: `object-${index}`,
      bytes: patternBytes(3000 * index, index + 1),
    }))
    await Promise.all(
      objects.map(({ name, bytes }, index) =>
        client.put(name, index % 2 ? bytes : Readable.from([bytes]), { encryptionContext: { name } }),
      ),
    )
    await Promise.all(
      objects.map(async ({ name, bytes }, index) => {
        const requiredContext = { name }
        if (index % 3 === 0) expect((await client.get(name, { requiredContext })).content.equals(bytes)).toBe(true)
        else if (index % 3 === 1) {
          const { stream } = await client.getStream(name, { requiredContext })
          await pipeline(stream, createWriteStream(join(fixture.folder, name)))
        } else await client.get(name, join(fixture.folder, name), { requiredContext })
      }),
    )
    expect(await fixture.files()).toHaveLength(33)
  })

  test('puts and gets of one object, which is always one of those that were put', async () => {
    const client = fixture.client()
    await client.put('one', Buffer.alloc(1000, 255))
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        if (index % 2) await client.put('one', Buffer.alloc(1000, index))
        else {
          const { content } = await client.get('one')
          expect(content.every((byte) => byte === content[0])).toBe(true)
        }
      }),
    )
  })

  test('into one file, which is one of them in the end', async () => {
    const client = fixture.client()
    const path = join(fixture.folder, 'target')
    await client.put('one', Buffer.alloc(100_000, 1))
    await client.put('two', Buffer.alloc(100_000, 2))
    await Promise.all(Array.from({ length: 20 }, (_, index) => client.get(index % 2 ? 'one' : 'two', path)))
    expect(await fixture.files()).toEqual(['target'])
  })
})
