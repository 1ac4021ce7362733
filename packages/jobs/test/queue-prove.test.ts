import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { listJobs, proveQueuedRewrap } from 'osscrypt-jobs/queue'
import { readRecord } from '../src/queue/job-record.js'
import { useQueue } from './queue-fixture.js'
import { hasRedis } from './redis-fixture.js'

const data = Buffer.from('the data')

describe.skipIf(!hasRedis)('what a queued rewrap has left', () => {
  const fixture = useQueue()
  let count = 0
  const prove = async (rewrap: string, id: string) => {
    const path = `${fixture.bucket.folder}/${id}-${String(++count)}.jsonl`
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

  test('is looked at anew when it is asked again, by one look at a time', { timeout: 60_000 }, async () => {
    const { bucket, queue } = fixture
    await bucket.client.put('o/1', data)
    const rewrap = await fixture.start({ operation: 'rewrap', to: [bucket.newCmk] })
    await fixture.work()
    expect(await prove(rewrap, 'p')).toMatchObject({ needsOthers: { objects: 0 }, lookedAt: { objects: 1 } })
    await bucket.client.put('o/2', data)
    expect(await prove(rewrap, 'p')).toMatchObject({ needsOthers: { objects: 1 }, left: [{ name: 'o/2' }] })

    // Who asks ends; the look is still there, and goes on.
    await bucket.client.put('o/3', data)
    const gone = new AbortController()
    const options = { bucket: bucket.oss, id: 'p', signal: gone.signal, watch: () => gone.abort(new Error('gone')) }
    const ended = proveQueuedRewrap(queue, rewrap, { ...options, path: `${bucket.folder}/gone.jsonl` })
    await expect(ended).rejects.toThrow()
    const { run } = await readRecord(queue, 'p')
    expect(await prove(rewrap, 'p')).toMatchObject({ needsOthers: { objects: 2 } })
    expect((await readRecord(queue, 'p')).run).toBe(run)
    // A job that only has the name is left alone.
    await expect(prove(rewrap, rewrap)).rejects.toMatchObject({ code: 'OtherJob' })
  })

  test('is asked again where old versions may not be listed', { timeout: 60_000 }, async () => {
    const { bucket } = fixture
    await bucket.client.put('o/1', data)
    const rewrap = await fixture.start({ operation: 'rewrap', to: [bucket.newCmk] })
    await fixture.work()
    const effect = { kind: 'error', status: 403, code: 'AccessDenied' } as const
    bucket.cloud.faults.add({ service: 'oss', operation: 'ListObjectVersions', times: Infinity, effect })
    const gone = new AbortController()
    const options = { bucket: bucket.oss, id: 'p', signal: gone.signal, watch: () => gone.abort(new Error('gone')) }
    const ended = proveQueuedRewrap(fixture.queue, rewrap, { ...options, path: `${bucket.folder}/gone.jsonl` })
    await expect(ended).rejects.toThrow()
    for (let again = 0; again < 2; again++)
      expect(await prove(rewrap, 'p')).toMatchObject({ versions: false, needsOthers: { objects: 0 } })
  })

  test('is not said when a look was begun anew before it was read', { timeout: 60_000 }, async () => {
    const { bucket, queue } = fixture
    await bucket.client.put('o/1', data)
    const rewrap = await fixture.start({ operation: 'rewrap', to: [bucket.newCmk] })
    await fixture.work()
    const path = `${bucket.folder}/anew.jsonl`
    const end = new AbortController()
    const working = fixture.work({ untilDone: false, signal: end.signal })
    const proof = proveQueuedRewrap(queue, rewrap, {
      bucket: bucket.oss,
      id: 'p',
      path,
      watch: ({ state }) => {
        // Commands are run in the order in which they are sent.
        if (state === 'finished') void queue.client.hset(queue.keys.job('p'), { run: 'another', batches: 0 })
      },
    })
    await expect(proof).rejects.toMatchObject({ code: 'JobEnded' })
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
    end.abort()
    await working
  })

  test('is asked of rewraps only', async () => {
    const id = await fixture.start({ operation: 'audit' })
    const path = `${fixture.bucket.folder}/none.jsonl`
    const options = { bucket: fixture.bucket.oss, path }
    await expect(proveQueuedRewrap(fixture.queue, id, options)).rejects.toThrow(TypeError)
    expect(await listJobs(fixture.queue)).toEqual([id])
  })
})
