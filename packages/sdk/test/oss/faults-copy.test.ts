import { beforeAll } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import {
  downwards,
  everywhere,
  LARGE_LENGTH,
  type Outcome,
  SMALL_LENGTH,
  testFaults,
  upwards,
} from '../support/fault-matrix.js'

const fixture = useCloud({ timeout: 200 })
const small = patternBytes(SMALL_LENGTH, 1)
const large = patternBytes(LARGE_LENGTH, 2)
const client = () =>
  fixture.client({ idleTimeoutMs: 120, memoryLimit: 512 * 1024, retry: { maxAttempts: 3, delayMs: () => 1 } })

beforeAll(async () => {
  await fixture.client().put('small', small, { bindToObject: false })
  await fixture.client().put('large', large)
})

async function copy(source: string, expected: Buffer): Promise<Outcome> {
  await client().copy('copy', source)
  fixture.cloud.faults.clear()
  return { bytes: (await client().get('copy')).content, expected }
}

async function settled(work: Promise<unknown>): Promise<Outcome> {
  await work
  return { bytes: small, expected: small }
}

const bound = { title: 'copy what is bound', service: 'oss', run: () => copy('large', large) } as const
const unbound = { title: 'copy what is not bound', service: 'oss', run: () => copy('small', small) } as const

testFaults(fixture, [
  { ...bound, operation: 'HeadObject', effects: everywhere },
  { ...bound, operation: 'GetObject', effects: downwards },
  { ...bound, operation: 'PutObject', effects: upwards },
  { ...unbound, operation: 'CopyObject', effects: everywhere },
  {
    title: 'head',
    service: 'oss',
    operation: 'HeadObject',
    effects: everywhere,
    run: () => settled(client().head('small')),
  },
  {
    title: 'delete',
    service: 'oss',
    operation: 'DeleteObject',
    effects: everywhere,
    run: () => settled(client().delete('none')),
  },
])
