import OSS from 'ali-oss'
import { expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'

const fixture = useCloud()
const data = patternBytes(300_000)

/** An `ali-oss` client of its own, and how many connections it has opened so far. */
function countingStore(): { store: OSS; opened: () => number } {
  const store = new OSS(fixture.cloud.ossOptions(BUCKET))
  const { agent } = store as unknown as { agent: { getCurrentStatus: () => { createSocketCount: number } } }
  return { store, opened: () => agent.getCurrentStatus().createSocketCount }
}

test.each(['gcm', 'floe'] as const)('parts of an object are read over one connection, %s', async (format) => {
  const segmentLength = format === 'floe' ? 65_536 : undefined
  await fixture.client().put('object', data, { format, segmentLength })
  const { store, opened } = countingStore()
  const client = fixture.client({ store })
  const read = (start: number) =>
    client.getRange('object', { start, end: start + 999 }, { allowUnverifiedRange: format === 'gcm' })
  await read(0)
  const before = opened()
  for (let start = 500; start < data.length; start += 20_000) {
    const { content } = await read(Math.min(start, data.length - 1000))
    expect(content).toHaveLength(1000)
  }
  expect(opened()).toBe(before)
})

test.each(['gcm', 'floe'] as const)('whole objects are, too, %s', async (format) => {
  await fixture.client().put('object', data, { format })
  const { store, opened } = countingStore()
  const client = fixture.client({ store })
  await client.get('object')
  const before = opened()
  for (let count = 0; count < 5; count += 1) await client.get('object')
  expect(opened()).toBe(before)
})
