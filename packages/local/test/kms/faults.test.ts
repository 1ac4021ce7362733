import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type FaultEffect, startLocalCloud } from '../../src/index.js'
import { type KmsAnswer, callKms, failureOf } from './call-kms.js'
import { targetOf } from './target.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())
afterEach(() => {
  cloud.faults.clear()
})
const key = await cloud.createKey()

const generate = (options: { asForm?: boolean; readTimeoutMs?: number } = {}): Promise<KmsAnswer> =>
  callKms(targetOf(cloud), 'GenerateDataKey', { KeyId: key }, options)

const plan = (effect: FaultEffect): void => {
  cloud.faults.add({ service: 'kms', operation: 'GenerateDataKey', effect })
}

describe('faults of GenerateDataKey', () => {
  afterEach(async () => {
    // Each was played once, on one request, and the next is well.
    expect(cloud.faults.waiting).toEqual([])
    await generate()
  })

  test.each([
    [{ kind: 'throttle' }, 429, 'Rejected.Throttling'],
    [{ kind: 'error', status: 500 }, 500, 'InternalFailure'],
    [{ kind: 'error', status: 503 }, 503, 'ServiceUnavailableTemporary'],
    [{ kind: 'error', status: 403 }, 403, 'Forbidden.NoPermission'],
    [{ kind: 'error', status: 404 }, 404, 'Forbidden.KeyNotFound'],
    [{ kind: 'error', status: 409, code: 'Rejected.PendingDeletion' }, 409, 'Rejected.PendingDeletion'],
    [{ kind: 'error', status: 418, code: 'Never.Heard' }, 418, 'Never.Heard'],
  ] as [FaultEffect, number, string][])('%j is answered as %i %s', async (effect, statusCode, code) => {
    plan(effect)
    await expect(generate()).rejects.toMatchObject({ code, data: { statusCode } })
  })

  test('delay: a right answer comes late', async () => {
    plan({ kind: 'delay', delayMs: 300 })
    const start = performance.now()
    await generate()
    expect(performance.now() - start).toBeGreaterThan(250)
  })

  test('stall: an answer begins and does not end', async () => {
    plan({ kind: 'stall', afterBytes: 20 })
    const start = performance.now()
    await expect(generate({ readTimeoutMs: 300 })).rejects.toThrow()
    expect(performance.now() - start).toBeGreaterThan(250)
  })

  test.each([0, 20])('cut: the connection ends after %i bytes of the answer', async (afterBytes) => {
    plan({ kind: 'cut', of: 'answer', afterBytes })
    await expect(generate()).rejects.toThrow()
  })

  test('cut: the connection ends while the request comes', async () => {
    plan({ kind: 'cut', of: 'request', afterBytes: 10 })
    await expect(generate({ asForm: true })).rejects.toThrow()
  })

  test('corrupt: one bit of the answer is another', async () => {
    plan({ kind: 'corrupt', atByte: 2 })
    expect(await generate()).toHaveProperty('SequestId')
  })

  test('drop-answer: it was done, and nobody hears of it', async () => {
    plan({ kind: 'drop-answer' })
    await expect(generate()).rejects.toThrow()
  })

  test('html: a proxy answers', async () => {
    plan({ kind: 'html' })
    expect(await failureOf(generate())).toBeInstanceOf(Error)
  })

  test('lie-range has no meaning for KMS, and does nothing', async () => {
    plan({ kind: 'lie-range', lie: 'short' })
    await generate()
  })
})

test('drop-answer really carries the operation out', async () => {
  cloud.faults.add({ service: 'kms', operation: 'CreateAlias', effect: { kind: 'drop-answer' } })
  const create = { KeyId: key, AliasName: 'alias/dropped' }
  await expect(callKms(targetOf(cloud), 'CreateAlias', create)).rejects.toThrow()
  expect(await cloud.findKey('alias/dropped')).toBe(key)
})

test('a fault waits for its operation, skips and repeats', async () => {
  cloud.faults.add({ service: 'kms', operation: 'Encrypt', skip: 1, times: 2, effect: { kind: 'throttle' } })
  const outcomes: string[] = []
  for (let n = 0; n < 4; n += 1) {
    await generate()
    const encrypted = callKms(targetOf(cloud), 'Encrypt', { KeyId: key, Plaintext: 'YQ==' })
    outcomes.push(
      await encrypted.then(
        () => 'well',
        (error: unknown) => (error as { code: string }).code,
      ),
    )
  }
  expect(outcomes).toEqual(['well', 'Rejected.Throttling', 'Rejected.Throttling', 'well'])
})

test('close() ends a request that stalls', async () => {
  const other = await startLocalCloud({ faults: [{ service: 'kms', effect: { kind: 'stall', afterBytes: 5 } }] })
  const stalled = callKms(targetOf(other), 'ListKeys').catch((error: unknown) => error)
  while (other.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  await other.close()
  expect(await stalled).toBeInstanceOf(Error)
})
