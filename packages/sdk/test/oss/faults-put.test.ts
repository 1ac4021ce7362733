import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { PutSource } from 'osscrypt/oss'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { everywhere, LARGE_LENGTH, type Outcome, SMALL_LENGTH, testFaults, upwards } from '../support/fault-matrix.js'

const fixture = useCloud({ timeout: 200 })
const small = patternBytes(SMALL_LENGTH, 1)
const large = patternBytes(LARGE_LENGTH, 2)
const client = () =>
  fixture.client({ idleTimeoutMs: 120, memoryLimit: 512 * 1024, retry: { maxAttempts: 3, delayMs: () => 1 } })

async function put(expected: Buffer, source: PutSource): Promise<Outcome> {
  await client().put('object', source)
  fixture.cloud.faults.clear()
  return { bytes: (await client().get('object')).content, expected }
}

async function putFile(): Promise<Outcome> {
  const path = join(fixture.folder, 'source')
  await writeFile(path, large)
  return put(large, path)
}

testFaults(fixture, [
  { title: 'a small object', service: 'oss', operation: 'PutObject', effects: upwards, run: () => put(small, small) },
  { title: 'a large object', service: 'oss', operation: 'PutObject', effects: upwards, run: () => put(large, large) },
  { title: 'a file', service: 'oss', operation: 'PutObject', effects: upwards, run: putFile },
  {
    title: 'a stream',
    service: 'oss',
    operation: 'PutObject',
    effects: upwards,
    run: () => put(large, Readable.from([large])),
  },
  {
    title: 'a small object',
    service: 'kms',
    operation: 'GenerateDataKey',
    effects: withoutLies(),
    run: () => put(small, small),
  },
])

/** A data key that is changed on its way from KMS cannot be told from another: TLS is what keeps it. */
function withoutLies(): typeof everywhere {
  return Object.fromEntries(Object.entries(everywhere).filter(([, { kind }]) => kind !== 'corrupt'))
}
