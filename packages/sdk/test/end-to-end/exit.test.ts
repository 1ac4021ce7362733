import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Fault } from 'osscrypt-local'
import { beforeAll, describe, expect, test } from 'vitest'
import { BUCKET, kmsOptions, useCloud } from '../support/cloud-fixture.js'

const script = fileURLToPath(new URL('exit.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))

/** Runs the built package in a process of its own, which nothing but its own work may keep alive. */
describe.skipIf(!existsSync(built))('a process ends by itself', { timeout: 30_000 }, () => {
  const fixture = useCloud()
  beforeAll(async () => {
    await fixture.client().put('large', Buffer.alloc(10 * 1024 * 1024))
  })

  async function run(action: string, abortAfterMs?: number): Promise<{ outcome: string; lingeredMs: number }> {
    const settings = {
      ossOptions: fixture.cloud.ossOptions(BUCKET),
      cmkArn: fixture.cmkArn,
      kms: { ...kmsOptions(fixture.cloud), retry: undefined, timeoutMs: 1000 },
      temporaryFolder: fixture.temporaryFolder,
      abortAfterMs,
    }
    const { stdout } = await promisify(execFile)(process.execPath, [script, action, JSON.stringify(settings)], {
      timeout: 25_000,
    })
    const [, outcome = stdout, settled, ended] = /^(\w+) (\d+) exit (\d+)$/.exec(stdout) ?? []
    return { outcome, lingeredMs: Number(ended) - Number(settled) }
  }

  test.each(['put-buffer', 'put-large', 'put-stream', 'get', 'get-stream', 'range'])(
    'after success: %s',
    async (action) => {
      const { outcome, lingeredMs } = await run(action)
      expect(outcome).toBe('done')
      expect(lingeredMs).toBeLessThan(1500)
      expect(await fixture.files()).toEqual([])
    },
  )

  test.each<[string, Fault]>([
    ['put-large', { service: 'oss', operation: 'PutObject', effect: { kind: 'error', status: 403 } }],
    [
      'put-stream',
      { service: 'oss', operation: 'PutObject', effect: { kind: 'cut', of: 'request', afterBytes: 1000 } },
    ],
    ['put-stream', { service: 'kms', effect: { kind: 'error', status: 403 } }],
    ['get', { service: 'kms', effect: { kind: 'error', status: 403 } }],
    ['get', { service: 'oss', operation: 'GetObject', effect: { kind: 'cut', of: 'answer', afterBytes: 100_000 } }],
    ['get-stream', { service: 'kms', effect: { kind: 'error', status: 403 } }],
  ])('after failure: %s, %j', async (action, fault) => {
    fixture.cloud.faults.add({ ...fault, times: Infinity })
    const { outcome, lingeredMs } = await run(action)
    expect(outcome).toMatch(/^(AccessDenied|Unreachable)$/)
    expect(lingeredMs).toBeLessThan(1500)
  })

  test.each<[string, Fault | undefined]>([
    ['put-still', undefined],
    ['put-large', { service: 'oss', operation: 'PutObject', effect: { kind: 'delay', delayMs: 20_000 } }],
    ['put-buffer', { service: 'oss', operation: 'PutObject', effect: { kind: 'delay', delayMs: 20_000 } }],
    ['put-buffer', { service: 'kms', effect: { kind: 'delay', delayMs: 20_000 } }],
    ['get', { service: 'kms', effect: { kind: 'delay', delayMs: 20_000 } }],
    ['get', { service: 'oss', operation: 'GetObject', effect: { kind: 'stall', afterBytes: 1_000_000 } }],
    ['get', { service: 'oss', operation: 'GetObject', effect: { kind: 'delay', delayMs: 20_000 } }],
    ['range', { service: 'oss', operation: 'GetObject', effect: { kind: 'stall', afterBytes: 3 } }],
  ])('after it was aborted: %s, %j', async (action, fault) => {
    if (fault) fixture.cloud.faults.add(fault)
    const { outcome, lingeredMs } = await run(action, 700)
    expect(outcome).toBe('aborted')
    expect(lingeredMs).toBeLessThan(1500)
    expect(await fixture.files()).toEqual([])
  })
})
