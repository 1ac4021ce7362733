import { describe, expect, test } from 'vitest'
import type { Task } from 'osscrypt-jobs'
import { beforeReading, useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

/** A client of the bucket whose first listing, of objects or of versions, is of now. */
async function listedBefore(): Promise<typeof fixture.oss> {
  const { oss } = fixture
  const versions = oss as unknown as { getBucketVersions(query: object): Promise<unknown> }
  const before = {
    listV2: [await oss.listV2({ 'max-keys': '10' })],
    getBucketVersions: [await versions.getBucketVersions({ 'max-keys': 10 })],
  }
  return Object.assign(Object.create(oss) as typeof oss, {
    listV2: async (query: { 'max-keys': string }) => before.listV2.shift() ?? oss.listV2(query),
    getBucketVersions: async (query: object) => before.getBucketVersions.shift() ?? versions.getBucketVersions(query),
  })
}

/** OSS answers that objects are not there, which it lists. */
function denyObjects(): void {
  const effect = { kind: 'error', status: 404, code: 'NoSuchKey' } as const
  for (const operation of ['HeadObject', 'GetObject'])
    fixture.cloud.faults.add({ service: 'oss', operation, times: Infinity, effect })
}

const tasks: readonly (readonly [string, () => Task])[] = [
  ['audit', () => ({ operation: 'audit' })],
  ['encrypt', () => ({ operation: 'encrypt' })],
  ['migrate', () => ({ operation: 'migrate' })],
  ['rewrap', () => ({ operation: 'rewrap', to: [fixture.newCmk] })],
  ['verify', () => ({ operation: 'verify' })],
]

describe.each(tasks)('%s', (_, taskOf) => {
  test('passes over what was deleted since it was listed, and not what begins with its name', async () => {
    for (const name of ['a', 'a/below']) await fixture.client.put(name, data, { format: 'floe' })
    const bucket = await listedBefore()
    await fixture.oss.delete('a')
    await fixture.run(taskOf(), { bucket })
    const [gone, below] = await fixture.report()
    expect(gone).toMatchObject({ name: 'a', status: 'skipped', reason: 'Gone' })
    expect(below).not.toMatchObject({ reason: 'Gone' })
  })

  test('does not take for gone what OSS denies, and lists', async () => {
    await fixture.client.put('a', data)
    denyObjects()
    const { totals } = await fixture.run(taskOf())
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'BadAnswer' }])
    expect(totals.failed.objects).toBe(1)
  })
})

test('an old version is gone when it is listed no more, whatever is listed of its object', async () => {
  await fixture.keepVersions()
  for (let times = 0; times < 2; times++) await fixture.client.put('a', data)
  const bucket = await listedBefore()
  const audit = async (folder: string, options: object) => {
    await fixture.run({ operation: 'audit', versions: true }, { folder, ...options })
    return fixture.report(folder)
  }
  const old = (await audit(`${fixture.folder}/1`, {})).find(({ version }) => version?.isLatest === false)?.version?.id
  await fixture.client.delete('a', { versionId: old! })
  expect(await audit(`${fixture.folder}/2`, { bucket })).toMatchObject([
    { version: { isLatest: true }, status: 'done' },
    { version: { id: old }, status: 'skipped', reason: 'Gone' },
  ])
  denyObjects()
  expect(await audit(`${fixture.folder}/3`, {})).toMatchObject([{ status: 'failed', code: 'BadAnswer' }])
})

describe('what was staged is deleted by somebody', () => {
  const deleteStaged = async () => {
    const names = await fixture.names()
    for (const name of names) if (name.startsWith('.osscrypt-jobs/staged/')) await fixture.oss.delete(name)
  }

  test('before it is read back', async () => {
    await fixture.oss.put('a', data)
    const client = beforeReading(fixture.client, async (name) => {
      if (name !== 'a') await deleteStaged()
    })
    await fixture.run({ operation: 'encrypt' }, { client })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'ObjectChanged' }])
    expect((await fixture.oss.get('a')).content).toEqual(data)
  })

  test('before it is copied over', async () => {
    await fixture.oss.put('a', data)
    const { client } = fixture
    const copy: typeof client.copy = async (...given) => {
      await deleteStaged()
      return fixture.client.copy(...given)
    }
    const deleting = Object.assign(
      beforeReading(client, () => Promise.resolve()),
      { copy },
    )
    await fixture.run({ operation: 'encrypt' }, { client: deleting })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'ObjectChanged' }])
    expect((await fixture.oss.get('a')).content).toEqual(data)
  })
})
