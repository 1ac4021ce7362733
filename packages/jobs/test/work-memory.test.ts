import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Task } from 'osscrypt-jobs'
import { useBucket, type BucketFixture } from './bucket-fixture.js'
import { forEachParallel, mixedObjects, storeMixed } from './mixed-objects.js'
import { useQueue } from './queue-fixture.js'
import { hasRedis } from './redis-fixture.js'

const SMALL = 120
const LARGE = 10
const LARGE_LENGTH = 20_000_000
const JOBS = 16
/** With nothing that limits what large objects hold together, they take more than twice as much. */
const MOST_MIB = 300

const task: Task = { operation: 'migrate', allowLegacyFormats: true }

/** Small objects of all kinds, and large ones, more of them than are let in at a time; how many a migration has to store anew. */
async function store({ oss, client }: BucketFixture): Promise<number> {
  const small = mixedObjects(SMALL)
  await forEachParallel(small, (object) => storeMixed(oss, client, object))
  for (let index = 0; index < LARGE; index++)
    await client.put(`o/large-${String(index)}`, Buffer.alloc(LARGE_LENGTH + index, index))
  return LARGE + small.filter(({ kind }) => kind === 'gcm' || kind === 'oss-sdk-ctr').length
}

describe('in this process', () => {
  const fixture = useBucket()

  test('a runner holds little at a time, whatever the objects', { timeout: 120_000 }, async () => {
    const count = await store(fixture)
    const settings = {
      spec: { task, bucket: fixture.bucket },
      folder: fixture.folder,
      oss: { ...fixture.cloud.ossOptions(fixture.bucket), timeout: 30_000 },
      cmkArns: fixture.oldCmk,
      kms: fixture.cloud.kmsOptions(),
      jobs: JOBS,
    }
    const program = fileURLToPath(new URL('run-job.mjs', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(settings)])
    const { totals, peakMib } = JSON.parse(stdout)
    expect(totals).toMatchObject({ done: { objects: count }, failed: { objects: 0 } })
    expect(peakMib).toBeLessThan(MOST_MIB)
  })
})

describe.skipIf(!hasRedis)('over Redis', () => {
  const fixture = useQueue()

  test('a worker holds little at a time, whatever the objects', { timeout: 120_000 }, async () => {
    const count = await store(fixture.bucket)
    const id = await fixture.start(task)
    const worker = fixture.spawnWorker({ jobs: JOBS, untilDone: true, takeOverAfterMs: 30_000 })
    expect([await worker.ended, worker.said().stderr]).toEqual([0, ''])
    const { state, totals } = await fixture.status(id)
    expect(state).toBe('finished')
    expect(totals).toMatchObject({ done: { objects: count }, failed: { objects: 0 } })
    const { peakMib } = JSON.parse(worker.said().stdout.trim().split('\n').at(-1) ?? '')
    expect(peakMib).toBeLessThan(MOST_MIB)
  })
})
