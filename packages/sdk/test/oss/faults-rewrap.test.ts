import { KmsDataKeyProvider } from 'osscrypt'
import type { PutOptions, RewrapOptions } from 'osscrypt/oss'
import { beforeAll } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { downwards, everywhere, type FaultyOperation, type Outcome, testFaults } from '../support/fault-matrix.js'

const fixture = useCloud({ timeout: 200 })
const data = patternBytes(5000)
let next: string
beforeAll(async () => {
  next = await fixture.cloud.createKey()
})

const under = (...arns: string[]) => new KmsDataKeyProvider(arns, { ...kmsOptions(fixture.cloud), timeoutMs: 200 })
const client = (...arns: string[]) =>
  fixture.client({ dataKeys: under(...arns), idleTimeoutMs: 120, retry: { maxAttempts: 3, delayMs: () => 1 } })

/** Whatever happens, the object can be read afterwards; if nothing is said to have gone wrong, with the new CMK alone. */
async function rewrap(put: PutOptions, options: Partial<RewrapOptions>): Promise<Outcome> {
  await fixture.oss.delete('object')
  await client(fixture.cmkArn).put('object', data, { ...put, meta: { author: 'Ann' } })
  let failure: Error | undefined
  try {
    await client(fixture.cmkArn).rewrap('object', { to: next, ...options })
  } catch (error) {
    failure = error as Error
  }
  fixture.cloud.faults.clear()
  const readers = failure ? [fixture.cmkArn, next] : [next]
  const { content, meta } = await client(...readers).get('object')
  if (!sameBytes(content, data) || meta['author'] !== 'Ann') throw new Error('the object is not what it was')
  if (failure) throw failure
  return { bytes: data, expected: data }
}

const inside = { title: 'floe, inside KMS', run: () => rewrap({ format: 'floe' }, {}) }
const outside = { title: 'floe, verified', run: () => rewrap({ format: 'floe' }, { verify: true }) }
const gcm = { title: 'gcm', run: () => rewrap({}, {}) }
const of = (
  what: Pick<FaultyOperation, 'title' | 'run'>,
  service: 'kms' | 'oss',
  operation: string,
): FaultyOperation => ({
  ...what,
  service,
  operation,
  effects: operation === 'GetObject' ? downwards : everywhere,
})

testFaults(fixture, [
  of(inside, 'oss', 'HeadObject'),
  of(inside, 'kms', 'ReEncrypt'),
  of(inside, 'oss', 'GetObjectACL'),
  of(inside, 'oss', 'CopyObject'),
  of(outside, 'oss', 'GetObject'),
  of(gcm, 'kms', 'Decrypt'),
  of(gcm, 'kms', 'Encrypt'),
  of(gcm, 'oss', 'CopyObject'),
])
