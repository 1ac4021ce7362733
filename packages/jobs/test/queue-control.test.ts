import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { cancelJob, forgetJob, listJobs, pauseJob, resumeJob } from 'osscrypt-jobs/queue'
import { useQueue, until } from './queue-fixture.js'
import { hasRedis } from './redis-fixture.js'

const data = Buffer.from('the data')
const command = fileURLToPath(new URL('../../cli/bin/osscrypt.js', import.meta.url))
const program = fileURLToPath(new URL('queue-million.mjs', import.meta.url))

describe.skipIf(!hasRedis)('a job that is worked on', () => {
  const fixture = useQueue()
  /** A job of some seconds, and a worker on it. */
  const begin = async () => {
    for (let index = 0; index < 60; index++) await fixture.bucket.oss.put(`o/${String(index)}`, data)
    const id = await fixture.start({ operation: 'audit' }, { batchLength: 6, rates: { ossRequests: 40 } })
    const worker = fixture.spawnWorker({ jobs: 4 })
    await until(async () => (await fixture.status(id)).totals.done.objects > 0)
    return { id, worker }
  }

  test('stands still while it is paused, and is gone on with', { timeout: 60_000 }, async () => {
    const { id, worker } = await begin()
    await pauseJob(fixture.queue, id)
    await until(async () => (await fixture.status(id)).batches.active === 0)
    const before = await fixture.status(id)
    expect(before.state).toBe('paused')
    expect(before.totals.done.objects).toBeLessThan(60)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await fixture.status(id)).toEqual(before)
    await resumeJob(fixture.queue, id)
    await until(async () => (await fixture.status(id)).state === 'finished')
    for (const change of [cancelJob, pauseJob, resumeJob])
      await expect(change(fixture.queue, id)).rejects.toMatchObject({ code: 'JobEnded' })
    expect((await fixture.status(id)).state).toBe('finished')
    const { outcomes, missing } = await fixture.report(id)
    expect(missing).toBe(0)
    expect(outcomes.map(({ name }) => name)).toEqual(await fixture.bucket.names())
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
  })

  test('ends when it is cancelled, and what came of it can still be read', { timeout: 60_000 }, async () => {
    const { id, worker } = await begin()
    await cancelJob(fixture.queue, id)
    await until(async () => {
      const { active, waiting, delayed } = (await fixture.status(id)).batches
      return active + waiting + delayed === 0
    })
    const { state, totals } = await fixture.status(id)
    expect(state).toBe('cancelled')
    await new Promise((resolve) => setTimeout(resolve, 1200))
    const report = await fixture.report(id)
    expect(report.totals).toEqual(totals)
    expect(report.missing).toBe(60 - totals.done.objects)
    expect(report.missing).toBeGreaterThan(0)
    await expect(resumeJob(fixture.queue, id)).rejects.toMatchObject({ code: 'JobEnded' })
    expect(worker.child.exitCode).toBeNull()
  })

  test('that was forgotten is not taken for another of its name', { timeout: 60_000 }, async () => {
    for (let index = 0; index < 60; index++) await fixture.bucket.oss.put(`o/${String(index)}`, data)
    const more = { id: 'x', batchLength: 6 }
    await fixture.start({ operation: 'encrypt' }, { ...more, rates: { ossRequests: 80 } })
    const worker = fixture.spawnWorker({ jobs: 4 })
    await until(async () => (await fixture.status('x')).totals.done.objects > 0)
    await forgetJob(fixture.queue, 'x')
    const encrypted = async () => {
      // What is staged comes and goes.
      const names = (await fixture.bucket.names()).filter((name) => name.startsWith('o/'))
      const found = await Promise.all(names.map((name) => fixture.bucket.oss.head(name)))
      return found.filter(({ res }) => 'x-oss-meta-x-oss-meta-header' in res.headers).length
    }
    const before = await encrypted()
    // The worker does not know yet that there is another one.
    await fixture.start({ operation: 'audit' }, more, { prefix: 'o/' })
    await until(async () => (await fixture.status('x')).state === 'finished')
    const { outcomes, missing, totals } = await fixture.report('x')
    expect([missing, outcomes.length, totals.done.objects]).toEqual([0, 60, 60])
    for (const { status, kind } of outcomes)
      expect([status, kind]).toEqual(['done', expect.stringMatching(/^plain|gcm$/)])
    // What was worked on at that moment came to its end.
    expect(await encrypted()).toBeLessThanOrEqual(before + 4)
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
  })

  test('is waited for until it is there, and not when it is gone', { timeout: 60_000 }, async () => {
    for (let index = 0; index < 20; index++) await fixture.bucket.oss.put(`o/${String(index)}`, data)
    let hasEnded = false
    const working = fixture.work().then(() => (hasEnded = true))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(hasEnded).toBe(false)
    const id = await fixture.start({ operation: 'audit' }, { batchLength: 2, rates: { ossRequests: 10 } })
    await until(async () => (await fixture.status(id)).totals.done.objects > 0)
    await fixture.queue.client.flushall()
    await working
    expect(await listJobs(fixture.queue)).toEqual([])
  })

  test('keeps its batches when workers leave a cancelled one of its name', { timeout: 60_000 }, async () => {
    const { oss, cloud } = fixture.bucket
    await oss.put('o/1', data)
    cloud.faults.add({ service: 'oss', operation: 'HeadObject', effect: { kind: 'delay', delayMs: 4000 } })
    const [events, end] = [[] as string[], new AbortController()]
    const working = fixture.work({
      untilDone: false,
      signal: end.signal,
      notify: ({ type }) => events.push(type),
    })
    await fixture.start({ operation: 'audit' }, { id: 'x' })
    await until(async () => (await fixture.status('x')).batches.active === 1)
    await cancelJob(fixture.queue, 'x')
    // The worker sees that, and waits for its object.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await forgetJob(fixture.queue, 'x')
    const started = (id: string) => void pauseJob(fixture.queue, id)
    await fixture.start({ operation: 'audit' }, { id: 'x', started })
    expect(events).not.toContain('ended')
    await until(async () => events.includes('ended'))
    expect(await fixture.status('x')).toMatchObject({ state: 'paused', batches: { waiting: 1 } })
    await resumeJob(fixture.queue, 'x')
    await until(async () => (await fixture.status('x')).state === 'finished')
    end.abort()
    await working
  })

  test('that was refused is taken when another one of its name is not', { timeout: 60_000 }, async () => {
    await fixture.bucket.oss.put('o/1', data)
    const refused: string[] = []
    const end = new AbortController()
    const working = fixture.work({
      untilDone: false,
      signal: end.signal,
      workplaceOf: ({ task }) =>
        task.operation === 'audit' ? { client: fixture.bucket.client, bucket: fixture.bucket.oss } : undefined,
      notify: ({ type, job }) => {
        if (type === 'refused') refused.push(job)
      },
    })
    await fixture.start({ operation: 'verify' }, { id: 'x' })
    await until(async () => refused.length > 0)
    await forgetJob(fixture.queue, 'x')
    await fixture.start({ operation: 'audit' }, { id: 'x' })
    await until(async () => (await fixture.status('x')).state === 'finished')
    end.abort()
    await working
    expect(refused).toEqual(['x'])
  })

  test('goes from Redis without a trace, and what was worked on leaves none either', { timeout: 60_000 }, async () => {
    const { id, worker } = await begin()
    await forgetJob(fixture.queue, id)
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
    expect(await listJobs(fixture.queue)).toEqual([])
    await expect(fixture.status(id)).rejects.toMatchObject({ code: 'UnknownJob' })
    const { client, keys } = fixture.queue
    const left = await client.keys(`${keys.prefix.replace(/[[\]*?]/g, '\\$&')}*`)
    // What looks for batches of workers that ended goes by itself.
    expect(left.filter((key) => !key.endsWith(':stalled-check'))).toEqual([])
  })

  test('is given back at once by a worker that is told to end', { timeout: 60_000 }, async () => {
    const { id, worker } = await begin()
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
    const { batches, totals } = await fixture.status(id)
    expect(batches.active).toBe(0)
    expect(batches.waiting).toBeGreaterThan(0)
    expect(totals.done.objects).toBeLessThan(60)
    // Nothing is waited for.
    await fixture.work({ takeOverAfterMs: 60_000 })
    expect((await fixture.report(id)).totals).toMatchObject({ done: { objects: 60 } })
  })
})

describe.skipIf(!hasRedis)('a job that this version cannot read', () => {
  const fixture = useQueue()
  const showAll = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [command, 'jobs', 'status', '--queue-name', fixture.address.name!, ...args], {
      env: { ...process.env, OSSCRYPT_QUEUE: fixture.address.url },
    })

  test.each([
    ['OtherProtocol', 'of another version', { protocol: '99' }],
    ['QueueDamaged', 'unreadable', { settings: '{}' }],
  ])('holds nothing up, and can be forgotten: %s', { timeout: 60_000 }, async (code, state, fields) => {
    await fixture.bucket.oss.put('o/1', data)
    for (const id of ['mine', 'other']) await fixture.start({ operation: 'audit' }, { id })
    const { client, keys } = fixture.queue
    await client.hset(keys.job('other'), fields)
    const told: unknown[] = []
    await fixture.work({ notify: (event) => told.push(event) })
    expect(told).toContainEqual({ type: 'failed', job: 'other', error: expect.objectContaining({ code }) })
    expect(await fixture.status('mine')).toMatchObject({ state: 'finished', totals: { done: { objects: 1 } } })

    const text = await showAll()
    expect(text.stdout).toMatch(/^mine +finished /m)
    expect(text.stdout).toMatch(new RegExp(`^other +${state}`, 'm'))
    expect(text.stderr).toContain('the job other')
    const [mine, other] = (await showAll('--json')).stdout.split('\n')
    expect(JSON.parse(mine!)).toMatchObject({ type: 'status', id: 'mine', state: 'finished' })
    expect(JSON.parse(other!)).toMatchObject({ type: 'status', id: 'other', code, message: expect.any(String) })

    await forgetJob(fixture.queue, 'other')
    expect(await listJobs(fixture.queue)).toEqual(['mine'])
    expect((await client.keys('*')).filter((key) => key.startsWith(keys.job('other')))).toEqual([])
  })
})

describe.skipIf(!hasRedis)('lister and worker', () => {
  const fixture = useQueue()

  // By hand, with a million: node packages/jobs/test/queue-million.mjs 1000000 <url of a Redis>
  test('take no more memory for more objects', { timeout: 60_000 }, async () => {
    const count = 30_000
    const { stdout } = await promisify(execFile)(process.execPath, [program, String(count), fixture.redis.url])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ state: 'finished', skipped: count })
    expect(result.peakMib).toBeLessThan(200)
  })
})
