import { KmsDataKeyProvider } from 'osscrypt'
import type { OssEncryptionClient, PutOptions, ReadOptions } from 'osscrypt/oss'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const data = patternBytes(5000)
const floe = { format: 'floe', segmentLength: 1024 } as const
let next: string
beforeAll(async () => {
  next = await fixture.cloud.createKey()
})
beforeEach(async () => {
  for (const [name, options] of Object.entries({ gcm: {}, floe, unbound: { ...floe, bindToObject: false } })) {
    await fixture.client().put(name, data, options satisfies PutOptions)
  }
  fixture.cloud.clearRequests()
})

/** Everything that reads an object, or lets OSS copy it. */
const operations: Record<
  string,
  (client: OssEncryptionClient, name: string, options: ReadOptions) => Promise<unknown>
> = {
  get: (client, name, options) => client.get(name, options),
  'get into a file': (client, name, options) => client.get(name, `${fixture.folder}/file`, options),
  'get with a checkpoint': (client, name, options) =>
    client.get(name, `${fixture.folder}/file`, { ...options, checkpoint: `${fixture.folder}/checkpoint` }),
  getStream: async (client, name, options) => (await client.getStream(name, options)).stream.destroy(),
  getRange: (client, name, options) =>
    client.getRange(name, { start: 1, end: 2 }, { ...options, allowUnverifiedRange: true }),
  copy: (client, name, options) => client.copy(`${name}-copy`, name, options),
  'copy onto itself': (client, name, options) => client.copy(name, name, options),
  rewrap: (client, name, { requireBinding, formats }) => client.rewrap(name, { to: next, requireBinding, formats }),
}
const partsOfFloe: typeof operations = {
  getRanges: (client, name, options) => client.getRanges(name, [{ start: 1 }], options),
  openRandomAccess: async (client, name, options) => {
    ;(await client.openRandomAccess(name, options)).close()
  },
  head: (client, name, options) => client.head(name, { ...options, verifyLength: true }),
}

describe.each(Object.entries({ ...operations, ...partsOfFloe }))('%s', (title, run) => {
  test('refuses an object of another format, by a setting of the client or of the call', async () => {
    for (const [client, options] of [
      [fixture.client({ formats: ['gcm'] }), {}],
      [fixture.client(), { formats: ['gcm'] }],
      [fixture.client({ formats: ['floe'] }), { formats: ['gcm'] }],
    ] as const) {
      const refused = await rejection(run(client, 'floe', options))
      expect(refused).toMatchObject({ code: 'NotAllowed' })
      expect(refused.message).toContain('`formats`')
    }
    expect(fixture.operations().filter((operation) => /^kms|Copy/.test(operation))).toEqual([])
  })

  test('refuses an object that is bound to none, by a setting of the client or of the call', async () => {
    for (const [client, options] of [
      [fixture.client({ requireBinding: true }), {}],
      [fixture.client(), { requireBinding: true }],
      [fixture.client({ requireBinding: false }), { requireBinding: true }],
    ] as const) {
      expect(await rejection(run(client, 'unbound', options))).toMatchObject({ code: 'BindingMissing' })
    }
    expect(fixture.operations().filter((operation) => /^kms|Copy/.test(operation))).toEqual([])
  })

  test('takes what the settings take, and those of a call before those of the client', async () => {
    const strict = fixture.client({
      requireBinding: true,
      formats: ['floe'],
      dataKeys: new KmsDataKeyProvider([fixture.cmkArn, next], kmsOptions(fixture.cloud)),
    })
    await run(strict, 'floe', {})
    await run(strict, 'unbound', { requireBinding: false })
    if (title in operations) await run(strict, 'gcm', { formats: ['floe', 'gcm'] })
  })
})

test('copies inside OSS are of what the client reads, with keepBinding too', async () => {
  const client = fixture.client({ formats: ['floe'], requireBinding: true })
  expect(await rejection(client.copy('copy', 'gcm', { keepBinding: true }))).toMatchObject({ code: 'NotAllowed' })
  expect(await rejection(client.copy('copy', 'unbound', { keepBinding: true }))).toMatchObject({
    code: 'BindingMissing',
  })
  expect(fixture.operations()).not.toContain('oss CopyObject')
  const { encryption } = await client.copy('copy', 'floe', { keepBinding: true })
  expect(encryption?.encryptionContext).toEqual({ 'osscrypt:object': 'floe' })
  expect((await client.get('copy', { expectedKey: 'floe' })).content.equals(data)).toBe(true)
})

test('a head that verifies nothing is not asked to meet the settings of the client', async () => {
  const client = fixture.client({ formats: ['floe'], requireBinding: true })
  for (const name of ['gcm', 'unbound']) expect(await client.head(name)).toMatchObject({ verified: false })
})

test.each([
  [{ formats: [] }],
  [{ formats: ['gcm', 'tar'] }],
  [{ formats: 'floe' }],
  [{ formats: new Set(['floe']) }],
  [{ formats: null }],
  [{ requireBinding: 'yes' }],
  [{ requireBinding: 1 }],
])('%o is no setting', async (settings) => {
  expect(() => fixture.client(settings as never)).toThrow(TypeError)
  expect(await rejection(fixture.client().get('gcm', settings as never))).toBeInstanceOf(TypeError)
})

test('the list that the client was given is its own', async () => {
  const formats: ('gcm' | 'floe')[] = ['floe']
  const client = fixture.client({ formats })
  formats.push('gcm')
  expect(await rejection(client.get('gcm'))).toMatchObject({ code: 'NotAllowed' })
})

describe('objects that somebody swapped', () => {
  // Exactly what docs/SECURITY.md says of the default.
  test('bound ones are refused under each other’s names', async () => {
    await writeStored(fixture.oss, 'gcm', await readStored(fixture.oss, 'floe'))
    expect(await rejection(fixture.client().get('gcm'))).toMatchObject({ code: 'BindingMismatch' })
  })

  test('an unbound one in place of a bound one is read by default, and refused where a binding is required', async () => {
    await writeStored(fixture.oss, 'gcm', await readStored(fixture.oss, 'unbound'))
    expect((await fixture.client().get('gcm')).content.equals(data)).toBe(true)
    expect(await rejection(fixture.client({ requireBinding: true }).get('gcm'))).toMatchObject({
      code: 'BindingMissing',
    })
  })
})
