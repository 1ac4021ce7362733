import type { OssEncryptionClient } from 'osscrypt/oss'
import { beforeEach, describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
/** C1, directions, what is not seen. */
const NAME = 'a\u009b31m\u202egnp.exe\u200b'
const SHOWN = '"a\\u009b31m\\u202egnp.exe\\u200b"'
// eslint-disable-next-line no-control-regex -- these are the characters meant
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b]/
const data = Buffer.alloc(5000, 1)

beforeEach(async () => {
  await fixture.client().put(NAME, data)
})

/** Everything that names an object in what it fails with. */
const failures: Record<string, (client: OssEncryptionClient) => Promise<unknown>> = {
  'bound to a name': async (client) => {
    await writeStored(fixture.oss, 'plain', await readStored(fixture.oss, NAME))
    await client.get('plain')
  },
  'bound to none': async (client) => {
    await client.put(NAME, data, { bindToObject: false })
    await client.get(NAME, { requireBinding: true })
  },
  'under another name': async (client) => client.get(NAME, { expectedKey: 'another' }),
  'of a format that is not read': (client) => client.get(NAME, { formats: ['floe'] }),
  'of which no part is verified': (client) => client.getRange(NAME, { start: 0 }),
  'that is no floe object': (client) => client.openRandomAccess(NAME),
  'of an unverified length': (client) => client.head(NAME, { verifyLength: true }),
  'that does not fit in memory': (client) => client.get(NAME, { maxBufferLength: 1 }),
  'that is not encrypted': async (client) => {
    await fixture.oss.put(NAME, data)
    await client.get(NAME)
  },
  'that was changed': async (client) => {
    const { body, meta } = await readStored(fixture.oss, NAME)
    body[0]! ^= 1
    await writeStored(fixture.oss, NAME, { body, meta })
    await client.get(NAME)
  },
  'outside of which a range is': async (client) => {
    await client.put(NAME, data, { format: 'floe' })
    await client.getRange(NAME, { start: 5000 })
  },
  'that was replaced': async (client) => {
    await client.put(NAME, data, { format: 'floe' })
    const object = await client.openRandomAccess(NAME)
    await client.put(NAME, data, { format: 'floe' })
    await object.read({ start: 0 })
  },
}

describe('an object', () => {
  test.each(Object.entries(failures))('%s is named so that no terminal obeys the name', async (_title, run) => {
    const { message, stack } = await rejection(run(fixture.client()))
    expect(message).toContain(SHOWN)
    expect(message).not.toMatch(OBEYED)
    expect(stack?.split('\n')[0]).not.toMatch(OBEYED)
  })
})

test('so is an entry of the encryption context', async () => {
  const requiredContext = { [NAME]: 'x' }
  const { message } = await rejection(fixture.client().get(NAME, { requiredContext }))
  expect(message).toContain(SHOWN)
  expect(message).not.toMatch(OBEYED)
})
