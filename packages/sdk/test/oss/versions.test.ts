import OSS from 'ali-oss'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { changeAnswers } from '../support/changed-answers.js'
import { rejection } from '../support/rejection.js'

const fixture = useCloud()
const bucket = 'versioned-reads'
const older = patternBytes(300_000, 1)
const newer = patternBytes(300_000, 2)
const floe = { format: 'floe', segmentLength: 65_536 } as const
let oss: OSS
let client: OssEncryptionClient
beforeAll(async () => {
  await fixture.cloud.createBucket(bucket)
  oss = new OSS(fixture.cloud.ossOptions(bucket))
  await (oss as unknown as { putBucketVersioning(name: string, status: string): Promise<unknown> }).putBucketVersioning(
    bucket,
    'Enabled',
  )
})
beforeEach(() => {
  client = fixture.client({ store: oss })
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface Options {
  readonly versionId: string
}

const reads: Record<string, (name: string, options: Options) => Promise<unknown>> = {
  get: (name, options) => client.get(name, options),
  'get into a file': (name, options) => client.get(name, `${fixture.folder}/file`, options),
  'get into a file, in parts': (name, options) =>
    client.get(name, `${fixture.folder}/file`, { ...options, partLength: 65_536 }),
  getStream: async (name, options) => (await client.getStream(name, options)).stream.destroy(),
  getRange: (name, options) => client.getRange(name, { start: 1, end: 2 }, { ...options, allowUnverifiedRange: true }),
  head: (name, options) => client.head(name, options),
  copy: (name, options) => client.copy('copy', name, options),
}
const readsOfFloe: typeof reads = {
  getRanges: (name, options) => client.getRanges(name, [{ start: 0 }], options),
  'head, verified': (name, options) => client.head(name, { ...options, verifyLength: true }),
}

describe.each([
  ['gcm', {}, reads],
  ['floe', floe, { ...reads, ...readsOfFloe }],
] as const)('%s: of the version that was asked for', (name, options, all) => {
  let versionId: string
  beforeEach(async () => {
    versionId = (await client.put(name, older, options)).res.headers['x-oss-version-id'] ?? ''
    await client.put(name, newer, options)
  })

  test('the bytes come', async () => {
    expect((await client.get(name, { versionId })).content.equals(older)).toBe(true)
    expect((await client.get(name)).content.equals(newer)).toBe(true)
    for (const read of Object.values(all)) await read(name, { versionId })
  })

  test.each(Object.keys(all))('%s refuses another', async (title) => {
    const read = all[title]!
    for (const change of [
      (headers: Record<string, string>) => (headers['x-oss-version-id'] = 'another'),
      (headers: Record<string, string>) => Reflect.deleteProperty(headers, 'x-oss-version-id'),
    ]) {
      for (const operation of ['getStream', 'head'] as const) {
        changeAnswers(oss, operation, ({ headers }) => {
          change(headers)
        })
      }
      expect(await rejection(read(name, { versionId }))).toMatchObject({ code: 'BadAnswer', service: 'oss' })
      vi.restoreAllMocks()
    }
  })
})

test('a range of another version is refused when the first answer was of the right one', async () => {
  const { res } = await client.put('floe', older, floe)
  const versionId = res.headers['x-oss-version-id'] ?? ''
  changeAnswers(oss, 'getStream', ({ headers, count }) => {
    if (count > 0) headers['x-oss-version-id'] = 'another'
  })
  const reading = client.get('floe', `${fixture.folder}/file`, { versionId, partLength: 65_536 })
  expect(await rejection(reading)).toMatchObject({ code: 'BadAnswer' })
})

test('an object from before its bucket had versions is version null', async () => {
  await fixture.client().put('object', older)
  expect((await fixture.client().get('object', { versionId: 'null' })).content.equals(older)).toBe(true)
})
