import { expect, test } from 'vitest'
import { readSource } from '../src/objects/object-source.js'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')
const names = ['o/0', 'o/1', 'o/2', 'o/3', 'o/4']

/** What tells of the objects, and how many times it tells of each. */
const sources = [
  { source: 'a listing', versions: false, isInventory: false, times: 1 },
  { source: 'a listing of versions', versions: true, isInventory: false, times: 2 },
  { source: 'an inventory', versions: false, isInventory: true, times: 1 },
  { source: 'an inventory of versions', versions: true, isInventory: true, times: 2 },
] as const

async function store(versions: boolean, isInventory: boolean): Promise<string | undefined> {
  if (versions) await fixture.keepVersions()
  for (const name of versions ? [...names, ...names] : names) await fixture.oss.put(name, data)
  // What was deleted last stands behind the last version.
  if (versions) await fixture.oss.delete('o/4')
  const fields = ['Size', 'LastModifiedDate', 'StorageClass']
  return isInventory ? fixture.writeInventory(versions ? 'All' : 'Current', fields) : undefined
}

test.each(sources)('behind the last page of $source there is nothing', async ({ versions, isInventory, times }) => {
  const manifest = await store(versions, isInventory)
  const inventory = manifest === undefined ? undefined : { bucket: fixture.oss, manifest }
  const source = { bucketName: fixture.bucket, bucket: fixture.oss, prefix: 'o/', versions, inventory }
  const countBehind = async (after?: string) => {
    let [count, cursor] = [0, after]
    for await (const page of readSource(source, after)) {
      count += page.objects.length
      cursor = page.cursor
    }
    return { count, cursor }
  }
  const all = await countBehind()
  expect(all.count).toBe(names.length * times)
  const behind = await countBehind(all.cursor)
  expect(behind.count).toBe(0)
  expect((await countBehind(behind.cursor)).count).toBe(0)
})

test.each(sources)('a job from $source that ends at its very end counts nothing twice', async (source) => {
  const { versions, isInventory, times } = source
  const manifest = await store(versions, isInventory)
  const inventory = manifest === undefined ? undefined : { bucket: fixture.bucket, manifest }
  const stop = new AbortController()
  let left = names.length * times
  const ended = () => {
    if (--left === 0) stop.abort(new Error('stopped'))
  }
  const run = (options?: object) => fixture.run({ operation: 'audit', versions }, options, { prefix: 'o/', inventory })
  await expect(run({ jobs: 1, signal: stop.signal, watcher: { ended } })).rejects.toThrow('stopped')
  const { totals } = await run()
  expect(totals.done.objects).toBe(names.length * times)
  expect(await fixture.report()).toHaveLength(names.length * times)
})

test('a look at what jobs hold, and then at what is below a prefix, counts nothing twice wherever it is ended', async () => {
  for (const name of ['.osscrypt-jobs/kept/1/o/x', '.osscrypt-jobs/kept/2/p/x', '.osscrypt-jobs/staged/3', ...names])
    await fixture.oss.put(name, data)
  const held = { operation: 'audit', versions: true, held: true } as const
  const told = ['.osscrypt-jobs/kept/1/o/x', '.osscrypt-jobs/staged/3', ...names]
  for (const [index, last] of told.entries()) {
    const stop = new AbortController()
    const folder = `${fixture.folder}/${String(index)}`
    const ended = ({ name }: { readonly name: string }) => {
      if (name === last) stop.abort(new Error('stopped'))
    }
    const run = (options: object) => fixture.run(held, { folder, ...options }, { prefix: 'o/' })
    await expect(run({ jobs: 1, signal: stop.signal, watcher: { ended } })).rejects.toThrow('stopped')
    await run({})
    expect((await fixture.report(folder)).map(({ name }) => name)).toEqual(told)
  }
})
