import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import type { OssEncryptionClient, PutOptions } from 'osscrypt/oss'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { within } from '../support/rejection.js'

const MIB = 1024 * 1024
const fixture = useCloud()
const data = patternBytes(2 * MIB + 12_345)
const large = patternBytes(20_000_000)
const floe: PutOptions = { format: 'floe', segmentLength: 64 * 1024 }
const inParts = { parallel: 4, partLength: 256 * 1024 }
let next: string

/** As many connections as that, which all of ali-oss's clients share. */
function withSockets(maxSockets: number): OssEncryptionClient {
  const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), maxSockets } as OSS.Options)
  const dataKeys = new KmsDataKeyProvider([fixture.cmkArn, next], kmsOptions(fixture.cloud))
  // Long enough for whoever waits for a connection that is in use, and too long for the test where nobody gives it back.
  return fixture.client({ store, dataKeys, idleTimeoutMs: 60_000 })
}

beforeAll(async () => {
  next = await fixture.cloud.createKey()
  const client = withSockets(16)
  await client.put('floe', data, floe)
  await client.put('gcm', data)
  await client.put('large', large, { format: 'floe' })
})
afterAll(() => {
  withSockets(Infinity)
})

const path = (number: number) => join(fixture.folder, `file-${number}`)

async function expectFile(number: number, expected: Buffer = data): Promise<void> {
  expect(sameBytes(await readFile(path(number)), expected)).toBe(true)
}

/** What uses more than one connection, for as many calls at once as there are; each with names of its own. */
const operations: Record<string, (client: OssEncryptionClient, number: number) => Promise<unknown>> = {
  'get a floe object into a file': async (client, number) => {
    await client.get('floe', path(number), inParts)
    await expectFile(number)
  },
  'get a gcm object into a file': async (client, number) => {
    await client.get('gcm', path(number), inParts)
    await expectFile(number)
  },
  'get into a file with a checkpoint': async (client, number) => {
    await client.get(number % 2 ? 'gcm' : 'floe', path(number), {
      ...inParts,
      checkpoint: `${path(number)}.checkpoint`,
    })
    await expectFile(number)
  },
  'copy a floe object': async (client, number) => {
    await client.copy(`floe-${number}`, 'floe')
    expect(sameBytes((await client.get(`floe-${number}`)).content, data)).toBe(true)
  },
  'copy a gcm object': async (client, number) => {
    await client.copy(`gcm-${number}`, 'gcm')
    expect(sameBytes((await client.get(`gcm-${number}`)).content, data)).toBe(true)
  },
  'copy onto itself, and rewrap': async (client, number) => {
    const name = `own-${number}`
    await client.put(name, data.subarray(0, 200_000), number % 2 ? floe : {})
    await client.copy(name, name)
    await client.rewrap(name, { to: next, verify: number % 3 === 0 })
    expect(sameBytes((await client.get(name)).content, data.subarray(0, 200_000))).toBe(true)
  },
  'upgrade, and keep what was there': async (client, number) => {
    const [name, keepAs] = [`old-${number}`, `kept-${number}-${Math.random()}`]
    await client.put(name, data, { format: number % 2 ? 'gcm' : 'message-body' })
    await client.upgrade(name, { keepAs })
    expect(sameBytes((await client.get(name, { formats: ['floe'] })).content, data)).toBe(true)
    expect(sameBytes((await client.get(keepAs, { expectedKey: name })).content, data)).toBe(true)
  },
  'message bodies': async (client, number) => {
    const name = `message-${number}`
    await client.put(name, data, { format: 'message-body', messageForm: number % 2 ? 'message' : 'stream' })
    await client.get(name, path(number), inParts)
    await expectFile(number)
    await client.getRange(name, { start: 5, end: 1_000_000 }, { allowUnverifiedRange: true })
    await client.copy(`${name}-copy`, name)
    await client.verify(`${name}-copy`)
  },
  'ranges and random access': async (client) => {
    await client.getRange('floe', { start: -10 })
    const parts = await client.getRanges('floe', [{ start: 5, end: 99 }, { start: 1_000_000 }, { start: -5 }])
    expect(parts).toHaveLength(3)
    const object = await client.openRandomAccess('floe')
    expect(await object.verifyLength()).toBe(data.length)
    expect(sameBytes(await buffer(object.createReadStream({ start: 100 })), data.subarray(100))).toBe(true)
    object.close()
    await client.getRange('gcm', { start: 5, end: 1_000_000 }, { allowUnverifiedRange: true })
    await client.head('floe', { verifyLength: true })
  },
}

describe.each([1, 4])('with %i connections', (sockets) => {
  test.each(Object.entries(operations))('%s', { timeout: 120_000 }, async (_title, run) => {
    for (const count of [1, 2, 4, 5, 8]) {
      const client = withSockets(sockets)
      await within(30_000, Promise.all(Array.from({ length: count }, (_, number) => run(client, number))))
    }
  })

  test('all of that at once', { timeout: 120_000 }, async () => {
    const client = withSockets(sockets)
    await within(60_000, Promise.all(Object.values(operations).map((run, number) => run(client, number))))
  })

  test('four files of 20 MB', { timeout: 120_000 }, async () => {
    const client = withSockets(sockets)
    await within(60_000, Promise.all([0, 1, 2, 3].map((number) => client.get('large', path(number)))))
    for (const number of [0, 1, 2, 3]) await expectFile(number, large)
  })

  test('copies of 20 MB', { timeout: 120_000 }, async () => {
    const client = withSockets(sockets)
    await within(60_000, Promise.all([0, 1, 2].map((number) => client.copy(`large-${number}`, 'large'))))
    for (const number of [0, 1, 2]) {
      expect(sameBytes((await client.get(`large-${number}`)).content, large)).toBe(true)
    }
    expect(await fixture.files()).toEqual([])
  })
})
