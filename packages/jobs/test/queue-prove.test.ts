import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { listJobs, proveQueuedRewrap } from 'osscrypt-jobs/queue'
import { useQueue } from './queue-fixture.js'
import { hasRedis } from './redis-fixture.js'

const data = Buffer.from('the data')

describe.skipIf(!hasRedis)('what a queued rewrap has left', () => {
  const fixture = useQueue()
  const prove = async (rewrap: string, id: string) => {
    const path = `${fixture.bucket.folder}/${id}.jsonl`
    const end = new AbortController()
    const working = fixture.work({ untilDone: false, signal: end.signal })
    const proof = await proveQueuedRewrap(fixture.queue, rewrap, { bucket: fixture.bucket.oss, id, path }).finally(() =>
      end.abort(),
    )
    await working
    const left = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
    return { ...proof, left: left.map((line) => JSON.parse(line)) }
  }

  test(
    'is found among old versions, too, and where they may not be listed, that is said',
    { timeout: 60_000 },
    async () => {
      const { bucket } = fixture
      await bucket.keepVersions()
      await bucket.client.put('o/1', data)
      await bucket.client.put('o/2', data)
      const rewrap = await fixture.start({ operation: 'rewrap', to: [bucket.newCmk] })
      await fixture.work()
      const whole = await prove(rewrap, 'whole')
      expect(whole).toMatchObject({
        versions: true,
        needsOthers: { objects: 2 },
        undecided: { objects: 0 },
        lookedAt: { objects: 4 },
      })
      expect(whole.left.map(({ version }) => version.isLatest)).toEqual([false, false])
      bucket.cloud.faults.add({
        service: 'oss',
        operation: 'ListObjectVersions',
        times: Infinity,
        effect: { kind: 'error', status: 403, code: 'AccessDenied' },
      })
      expect(await prove(rewrap, 'latest')).toMatchObject({
        versions: false,
        needsOthers: { objects: 0 },
        undecided: { objects: 0 },
        lookedAt: { objects: 2 },
        left: [],
      })
    },
  )

  test('is asked of rewraps only', async () => {
    const id = await fixture.start({ operation: 'audit' })
    const path = `${fixture.bucket.folder}/none.jsonl`
    const options = { bucket: fixture.bucket.oss, path }
    await expect(proveQueuedRewrap(fixture.queue, id, options)).rejects.toThrow(TypeError)
    expect(await listJobs(fixture.queue)).toEqual([id])
  })
})
