import { describe, expect, test } from 'vitest'
import type { JobQueue } from 'osscrypt-jobs/queue'
import { useQueue } from './queue-fixture.js'
import { hasRedis, withRedis } from './redis-fixture.js'

type Client = JobQueue['client']

/** Keeps all that a Redis holds; the function has it go back to that, as one does that has crashed. */
async function takeSnapshot(client: Client): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    (await client.keys('*')).map(async (key) => {
      const [content, lifeMs] = await Promise.all([client.dumpBuffer(key), client.pttl(key)])
      return { key, content, lifeMs: Math.max(0, lifeMs) }
    }),
  )
  return async () => {
    const all = client.multi().flushall()
    for (const { key, content, lifeMs } of kept) all.restore(key, lifeMs, content)
    await all.exec()
  }
}

/** Calls before a script runs for so many times. */
function before(client: Client, script: string, count: number, act: () => Promise<void>): void {
  const scripts = client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const name = `osscrypt:${script}`
  const run = scripts[name]!
  let left = count
  scripts[name] = async (...args) => {
    if (--left === 0) await act()
    return run.apply(client, args)
  }
}

describe.skipIf(!hasRedis)('a job whose Redis goes back to what it had kept', () => {
  const fixture = useQueue()

  // Pages by their numbers; that all is listed is the sixth.
  test.each([
    ['between two pages', 'stagePage', 2, 'stagePage', 4],
    ['when a page was written down, and is queued', 'commitPage', 2, 'stagePage', 3],
    ['from a page that is queued to the same, not queued', 'stagePage', 3, 'commitPage', 3],
    ['by several pages, before one is done with', 'commitPage', 1, 'commitPage', 4],
    ['before it is written down that all is listed', 'stagePage', 3, 'stagePage', 6],
    ['at that moment', 'stagePage', 5, 'commitPage', 6],
  ])('is done whole: %s', { timeout: 60_000 }, async (_, savedBefore, savedAt, lostBefore, lostAt) => {
    const { oss } = fixture.bucket
    for (let index = 0; index < 50; index++) await oss.put(`o/${String(index).padStart(2, '0')}`, Buffer.from('data'))
    const inPages = Object.assign(Object.create(oss), {
      listV2: (query: object, options: object) => oss.listV2({ ...query, 'max-keys': '10' }, options),
    })
    const { client } = fixture.queue
    await withRedis(fixture.redis.url, async (other) => {
      let goBack = async () => {}
      let hasGone = false
      before(client, savedBefore, savedAt, async () => {
        goBack = await takeSnapshot(other)
      })
      before(client, lostBefore, lostAt, async () => {
        await goBack()
        hasGone = true
      })
      const id = await fixture.start({ operation: 'audit' }, { id: 'back', batchLength: 4, bucket: inPages })
      expect(hasGone).toBe(true)
      expect(await fixture.status(id)).toMatchObject({ listed: { objects: 50 }, batches: { listed: 15, waiting: 15 } })
      await fixture.work()
      const { outcomes } = await fixture.report(id)
      expect(outcomes.map(({ name }) => name)).toEqual(await fixture.bucket.names())
      expect((await fixture.status(id)).state).toBe('finished')
    })
  })
})
