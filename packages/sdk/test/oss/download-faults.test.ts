import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { downwards, everywhere, LARGE_LENGTH, type Outcome, testFaults } from '../support/fault-matrix.js'

const fixture = useCloud({ timeout: 200 })
const plaintext = patternBytes(LARGE_LENGTH)

beforeAll(async () => {
  await fixture.client().put('gcm', plaintext)
  await fixture.client().put('floe', plaintext, { format: 'floe', segmentLength: 64 * 1024 })
})

async function getFile(name: string): Promise<Outcome> {
  const target = join(fixture.folder, 'target')
  await writeFile(target, 'before')
  const client = fixture.client({ idleTimeoutMs: 120, retry: { maxAttempts: 3, delayMs: () => 1 } })
  try {
    await client.get(name, target, { parallel: 3, partLength: 256 * 1024 })
  } catch (error) {
    expect(await readFile(target, 'utf8')).toBe('before')
    throw error
  }
  return { bytes: await readFile(target), expected: plaintext }
}

/** The first request brings the headers only, and is tested where objects come as one stream: here faults play on the parts. */
function onParts(run: () => Promise<Outcome>): Promise<Outcome> {
  const faults = fixture.cloud.faults.waiting
  fixture.cloud.faults.clear()
  for (const fault of faults) fixture.cloud.faults.add({ ...fault, skip: 1 })
  return run()
}

/** What the matrix does to large answers, done to parts of 256 KiB. */
const inParts = {
  ...downwards,
  'cut answer in the middle': { kind: 'cut', of: 'answer', afterBytes: 100_000 },
  'stall in the middle': { kind: 'stall', afterBytes: 100_000 },
  'stall before the end': { kind: 'stall', afterBytes: 256 * 1024 - 1 },
  'corrupt in the middle': { kind: 'corrupt', atByte: 100_000 },
  'corrupt the last byte': { kind: 'corrupt', atByte: 256 * 1024 - 1 },
} as const

testFaults(
  fixture,
  ['gcm', 'floe'].flatMap((format) => [
    {
      title: format,
      service: 'oss',
      operation: 'GetObject',
      effects: inParts,
      run: () => onParts(() => getFile(format)),
    },
    { title: format, service: 'kms', operation: 'Decrypt', effects: everywhere, run: () => getFile(format) },
  ]),
)
