import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { beforeAll, expect } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { downwards, everywhere, LARGE_LENGTH, type Outcome, SMALL_LENGTH, testFaults } from '../support/fault-matrix.js'

const fixture = useCloud({ timeout: 200 })
const small = patternBytes(SMALL_LENGTH, 1)
const large = patternBytes(LARGE_LENGTH, 2)
const client = () =>
  fixture.client({ idleTimeoutMs: 120, memoryLimit: 512 * 1024, retry: { maxAttempts: 3, delayMs: () => 1 } })

beforeAll(async () => {
  await fixture.client().put('small', small)
  await fixture.client().put('large', large)
})

async function get(name: string, expected: Buffer): Promise<Outcome> {
  return { bytes: (await client().get(name)).content, expected }
}

async function getFile(name: string, expected: Buffer): Promise<Outcome> {
  const target = join(fixture.folder, 'target')
  await writeFile(target, 'before')
  try {
    await client().get(name, target)
  } catch (error) {
    expect(await readFile(target, 'utf8')).toBe('before')
    throw error
  }
  return { bytes: await readFile(target), expected }
}

async function getStream(name: string, expected: Buffer): Promise<Outcome> {
  const { stream } = await client().getStream(name)
  return { bytes: await buffer(stream), expected }
}

async function getRange(name: string, whole: Buffer, start: number, end: number): Promise<Outcome> {
  const { content } = await client().getRange(name, { start, end }, { allowUnverifiedRange: true })
  return { bytes: content, expected: whole.subarray(start, end + 1) }
}

const getObject = { service: 'oss', operation: 'GetObject', effects: downwards } as const
const decrypt = { service: 'kms', operation: 'Decrypt', effects: everywhere } as const
const unverified = true

testFaults(fixture, [
  { ...getObject, title: 'a small object', run: () => get('small', small) },
  { ...getObject, title: 'a large object', run: () => get('large', large) },
  { ...getObject, title: 'into a file', run: () => getFile('large', large) },
  { ...getObject, title: 'as a stream', run: () => getStream('large', large) },
  { ...getObject, title: 'a range', unverified, run: () => getRange('large', large, 100_003, LARGE_LENGTH - 7) },
  { ...decrypt, title: 'into a file', run: () => getFile('small', small) },
  { ...decrypt, title: 'a range', unverified, run: () => getRange('small', small, 5, 500) },
])
