import { describe, expect, test } from 'vitest'
import { useQueue } from './queue-fixture.js'
import { hasRedis } from './redis-fixture.js'

const data = Buffer.from('the data')
const FIELDS = ['Size', 'LastModifiedDate', 'StorageClass', 'ETag']

describe.skipIf(!hasRedis)('a job over Redis', () => {
  const fixture = useQueue()

  /** Objects with old versions, some of which were deleted. */
  const storeVersions = async () => {
    const { oss, client, keepVersions } = fixture.bucket
    await keepVersions()
    for (let index = 0; index < 24; index++) {
      const name = `o/${String(index).padStart(4, '0')} ü+`
      await oss.put(name, data)
      if (index % 2 === 0) await client.put(name, data)
      if (index % 3 === 0) await oss.delete(name)
    }
  }

  test('looks at old versions, and reports as one process does', { timeout: 60_000 }, async () => {
    await storeVersions()
    const task = { operation: 'audit', versions: true } as const
    const alone = await fixture.bucket.run(task)
    const id = await fixture.start(task, { batchLength: 5 })
    const workers = [1, 2].map(() => fixture.spawnWorker({ untilDone: true }))
    for (const { ended, said } of workers) expect(await ended, said().stderr).toBe(0)
    const { outcomes, totals, missing } = await fixture.report(id)
    expect(missing).toBe(0)
    expect(outcomes).toEqual(await fixture.bucket.report())
    expect(totals).toEqual(alone.totals)
    expect((await fixture.status(id)).totals).toEqual(totals)
    expect(totals.oldVersions['plain']?.objects).toBeGreaterThan(0)
    expect(new Set(outcomes.map(({ name, version }) => `${name} ${String(version?.id)}`)).size).toBe(outcomes.length)
  })

  test('takes its objects from an inventory, whoever lists', { timeout: 60_000 }, async () => {
    const { bucket } = fixture
    await storeVersions()
    for (const versions of [false, true]) {
      const manifest = await bucket.writeInventory(versions ? 'All' : 'Current', FIELDS)
      const inventory = { bucket: bucket.bucket, manifest }
      const task = { operation: 'audit', ...(versions && { versions }) } as const
      const folder = `${bucket.folder}/${String(versions)}`
      const alone = await bucket.run(task, { folder }, { inventory })
      // The one who starts it ends before it has listed anything.
      const gone = new AbortController()
      const started = fixture.start(
        task,
        { batchLength: 5, signal: gone.signal, started: () => gone.abort(new Error('gone')) },
        { inventory },
      )
      await expect(started).rejects.toThrow('gone')
      bucket.cloud.clearRequests()
      await fixture.work()
      const [id = ''] = (await fixture.queue.client.zrange(fixture.queue.keys.jobs, '-1', '-1')) as string[]
      const { outcomes, totals, missing } = await fixture.report(id)
      expect(missing).toBe(0)
      expect(outcomes).toEqual(await bucket.report(folder))
      expect(totals).toEqual(alone.totals)
      expect((await fixture.status(id)).state).toBe('finished')
      const asked = new Set(bucket.cloud.requests.map(({ operation }) => operation))
      expect(asked).not.toContain('ListObjectsV2')
      expect(asked).not.toContain('ListObjectVersions')
    }
  })

  test('encrypts what an inventory tells of, and passes over what has gone since', { timeout: 60_000 }, async () => {
    const { bucket } = fixture
    for (const name of ['a', 'b', 'gone']) await bucket.oss.put(`o/${name}`, data)
    const inventory = { bucket: bucket.bucket, manifest: await bucket.writeInventory('Current', FIELDS) }
    await bucket.oss.delete('o/gone')
    await bucket.oss.put('o/new', data)
    const id = await fixture.start({ operation: 'encrypt' }, {}, { inventory })
    await fixture.work()
    const { outcomes } = await fixture.report(id)
    expect(outcomes.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ['o/a', 'done', undefined],
      ['o/b', 'done', undefined],
      ['o/gone', 'skipped', 'Gone'],
    ])
    expect((await bucket.oss.get('o/new')).content).toEqual(data)
  })

  test(
    'an inventory that changes while it is listed queues nothing twice, and says so',
    { timeout: 60_000 },
    async () => {
      const { bucket } = fixture
      for (const name of ['a', 'b']) await bucket.oss.put(`o/${name}`, data)
      const manifest = await bucket.writeInventory('Current', FIELDS)
      const file = (await bucket.names()).find((name) => name.endsWith('.csv.gz'))!
      const { content } = await bucket.oss.get(file)
      await bucket.oss.put(file, Buffer.from('no gzip at all'))
      const inventory = { bucket: bucket.bucket, manifest }
      const start = () => fixture.start({ operation: 'audit' }, { id: 'i' }, { inventory })
      await expect(start()).rejects.toMatchObject({ code: 'ChecksumMismatch' })
      expect(await fixture.status('i')).toMatchObject({ state: 'listing', listed: { objects: 0 } })
      // When it was repaired, the same call goes on.
      await bucket.oss.put(file, content as Buffer)
      await start()
      await fixture.work()
      expect(await fixture.status('i')).toMatchObject({ state: 'finished', totals: { done: { objects: 2 } } })
    },
  )
})
