import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startIdleTimer } from '../../src/retry/idle-timer.js'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

const fixture = useCloud()

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

test('tells once that nothing moved, and not while nothing is waited for', async () => {
  let told = 0
  const timer = startIdleTimer(20, () => (told += 1))
  timer.pause()
  await wait(60)
  expect(told).toBe(0)
  timer.moved()
  await wait(60)
  expect(told).toBe(1)
  await wait(60)
  expect(told).toBe(1)
  timer.stop()
})

test('keeps nothing running while nothing is waited for', async () => {
  const before = timers()
  const timer = startIdleTimer(20, () => undefined)
  timer.pause()
  await wait(60)
  expect(timers()).toBe(before)
  timer.moved()
  expect(timers()).toBe(before + 1)
  timer.stop()
  expect(timers()).toBe(before)
})

test('a read that ends behind the start of a floe object keeps no program running', async () => {
  // What waits longer than the test would be seen.
  const client = fixture.client({ idleTimeoutMs: 3_600_000 })
  await client.put('object', patternBytes(100_000), { format: 'floe' })
  // Connections that are kept have timers of their own.
  const timersWithout = () => {
    const { agent } = fixture.oss as unknown as { agent?: { destroy(): void } }
    agent?.destroy()
    return timers()
  }
  const before = timersWithout()
  const { stream } = await client.getStream('object')
  stream.destroy()
  expect(await rejection(client.get('object', { requiredContext: { a: 'b' } }))).toMatchObject({
    code: 'ContextMismatch',
  })
  await client.upgrade('object')
  // Waited for without a timer, which would be counted.
  const begun = performance.now()
  while (timersWithout() > before && performance.now() - begun < 10_000) await nextTurn()
  expect(timersWithout()).toBeLessThanOrEqual(before)
})
