import { PassThrough } from 'node:stream'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

const fixture = useCloud()
const data = Buffer.from('the data')

/** Every method, with options that may be anything. */
const methods: Record<string, (client: OssEncryptionClient, options: never) => Promise<unknown>> = {
  put: (client, options) => client.put('object', data, options),
  get: (client, options) => client.get('object', options),
  'get into a file': (client, options) => client.get('object', `${fixture.folder}/file`, options),
  getStream: (client, options) => client.getStream('object', options),
  getRange: (client, options) => client.getRange('object', { start: 0 }, options),
  getRanges: (client, options) => client.getRanges('object', [{ start: 0 }], options),
  openRandomAccess: (client, options) => client.openRandomAccess('object', options),
  head: (client, options) => client.head('object', options),
  'head, verified': (client, options) => client.head('object', { ...(options as object), verifyLength: true }),
  copy: (client, options) => client.copy('copy', 'object', options),
  delete: (client, options) => client.delete('object', options),
  rewrap: (client, options) => client.rewrap('object', { to: fixture.cmkArn, ...(options as object) }),
  listUploads: (client, options) => client.listUploads('', options),
  abortUpload: (client, options) => client.abortUpload('object', 'id', options),
}
/** Those that the options are handed on to as they are. */
const direct = Object.entries(methods).filter(([title]) => !['head, verified', 'rewrap'].includes(title))

describe.each(Object.entries(methods))('%s', (_title, run) => {
  test.each([
    ['headers', [['x-oss-traffic-limit', '819200']]],
    ['headers', 'x-oss-traffic-limit: 819200'],
    ['headers', null],
    ['signal', new AbortController()],
    ['signal', true],
    ['progress', {}],
    ['versionId', ''],
    ['versionId', null],
    ['versionId', 5],
    ['expectedKey', 5],
    ['allowUnauthenticatedAlgorithms', 'false'],
    ['allowUnverifiedRange', 1],
    ['bindToObject', 0],
    ['keepBinding', 'no'],
    ['restartIfChanged', null],
    ['mime', 5],
  ])('refuses %s: %o, instead of passing over it', async (name, value) => {
    const refused = await rejection(run(fixture.client(), { [name]: value } as never))
    expect(refused).toBeInstanceOf(TypeError)
    expect(refused.message).toContain(name)
    expect(fixture.operations()).toEqual([])
  })
})

test.each(direct)('%s takes no other thing for options', async (_title, run) => {
  for (const options of [null, new Map(), [], new Headers(), new PassThrough(), 'text', 5, () => undefined]) {
    // A text, or a stream, is where an object is read into.
    if (run === methods['get'] && (typeof options === 'string' || options instanceof PassThrough)) continue
    expect(await rejection(run(fixture.client(), options as never))).toBeInstanceOf(TypeError)
  }
  expect(fixture.operations()).toEqual([])
})

test('user metadata is an object of names and texts', async () => {
  for (const meta of [new Map([['a', 'b']]), new Headers({ a: 'b' }), [['a', 'b']], 'a=b']) {
    expect(await rejection(fixture.client().put('object', data, { meta: meta as never }))).toBeInstanceOf(TypeError)
  }
  expect(fixture.operations()).toEqual([])
  const meta = { write: 'x', pipe: 'y' }
  await fixture.client().put('object', data, { meta })
  expect((await fixture.client().get('object')).meta).toEqual(meta)
})

test('headers without a prototype, and of another realm, are headers', async () => {
  const { runInNewContext } = await import('node:vm')
  await fixture.client().put('object', data)
  const foreign = runInNewContext('({ "x-oss-traffic-limit": "819200" })') as Record<string, string>
  const bare = Object.assign(Object.create(null) as object, foreign)
  for (const headers of [foreign, bare]) {
    expect((await fixture.client().get('object', { headers } as never)).content.equals(data)).toBe(true)
  }
})

test('no limit that is none: it would be passed over', async () => {
  const client = fixture.client()
  await client.put('object', data, { format: 'floe' })
  const object = await client.openRandomAccess('object')
  for (const maxBufferLength of [NaN, {}, null, 'all'] as never[]) {
    for (const read of [
      () => client.get('object', { maxBufferLength }),
      () => client.getRange('object', { start: 0 }, { maxBufferLength }),
      () => client.getRanges('object', [{ start: 0 }], { maxBufferLength }),
      () => object.read({ start: 0 }, { maxBufferLength }),
    ]) {
      expect(await rejection(read())).toMatchObject({ code: 'LimitExceeded' })
    }
  }
  object.close()
})

test.each([NaN, 0, -1, 1.5, 65, Infinity, '4', {}])('getRanges reads no %s parts at a time', async (parallel) => {
  await fixture.client().put('object', data, { format: 'floe' })
  const options = { parallel } as { parallel: number }
  expect(await rejection(fixture.client().getRanges('object', [{ start: 0 }], options))).toBeInstanceOf(RangeError)
})

test.each([
  ['multipartThreshold', [NaN, -1, '5', {}]],
  ['memoryLimit', [NaN, -1, '5', {}]],
  ['checkCrc64', [0, null, 'no']],
  ['temporaryFolder', [5, {}]],
  ['retry', [5, {}, { maxAttempts: NaN, delayMs: () => 0 }, { maxAttempts: 5 }]],
] as const)('a client takes no %s that is none: %o', (name, values) => {
  for (const value of values) {
    const make = () => fixture.client({ [name]: value })
    expect(make).toThrow(name)
    expect(make).toThrow(name.endsWith('Threshold') || name === 'memoryLimit' ? RangeError : TypeError)
  }
})
