import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { inflateRawSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import {
  listFailed,
  listJobs,
  listWorkers,
  openQueue,
  readStatus,
  requeueFailed,
  runWorker,
  startJob,
  type StartJobOptions,
  type WorkerEvent,
} from 'osscrypt-jobs/queue'
import type { JobSpec } from 'osscrypt-jobs'
import { batchId } from '../src/queue/batch.js'
import { readRecord } from '../src/queue/job-record.js'
import { SharedRateLimiter } from '../src/queue/shared-rate-limiter.js'
import { useBucket } from './bucket-fixture.js'
import { useQueue, until } from './queue-fixture.js'
import { startRedis } from '../../../tools/redis-server.mjs'
import { hasRedis, withRedis } from './redis-fixture.js'

const data = Buffer.from('the plaintext of an object')

/** Everything that a Redis holds, as text; what is compressed, as it was before. */
async function readAll(url: string): Promise<string> {
  return withRedis(url, async (client) => {
    const parts: string[] = []
    for (const key of await client.keys('*')) {
      parts.push(key)
      const type = await client.type(key)
      if (type === 'string') parts.push((await client.get(key)) ?? '')
      else if (type === 'list') parts.push(...(await client.lrange(key, 0, -1)))
      else if (type === 'set') parts.push(...(await client.smembers(key)))
      else if (type === 'zset') parts.push(...(await client.zrange(key, '0', '-1')))
      else if (type === 'stream') parts.push(JSON.stringify(await client.xrange(key, '-', '+')))
      else if (type === 'hash' && key.endsWith(':results'))
        for (const value of await client.hvalsBuffer(key)) parts.push(inflateRawSync(value).toString())
      else if (type === 'hash') parts.push(...Object.entries(await client.hgetall(key)).flat())
      else throw new Error(`a ${type} is not looked into`)
    }
    return parts.join('\n')
  })
}

test.each([
  ['osscrypt-jobs', false],
  ['osscrypt-jobs/queue', true],
])('%s loads what Redis needs: %s', async (name, isLoaded) => {
  const program = `import module from 'node:module'; await import('${name}'); console.log(Object.keys(module._cache).join())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  for (const dependency of ['bullmq', 'ioredis']) expect(stdout.includes(`/node_modules/${dependency}/`)).toBe(isLoaded)
})

describe.skipIf(!hasRedis)('a job over Redis', () => {
  const fixture = useQueue()
  const put = async (count: number, prefix = 'o/') => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`)
    for (const name of names) await fixture.bucket.oss.put(name, data)
    return names
  }

  test('is done by worker processes, and its report is as that of one process', { timeout: 60_000 }, async () => {
    const names = await put(90)
    for (const name of names.slice(0, 20)) await fixture.bucket.client.put(name, data)
    const id = await fixture.start({ operation: 'encrypt' }, { batchLength: 7 })
    expect(await fixture.status(id)).toMatchObject({
      state: 'running',
      listed: { objects: 90 },
      batches: { waiting: 13 },
    })
    const workers = [1, 2].map(() => fixture.spawnWorker({ untilDone: true }))
    for (const { ended, said } of workers) expect(await ended, said().stderr).toBe(0)
    const { outcomes, totals, missing } = await fixture.report(id)
    expect(missing).toBe(0)
    expect(outcomes.map(({ name }) => name)).toEqual(names)
    for (const [index, { name, status, reason }] of outcomes.entries()) {
      expect([status, reason]).toEqual(index < 20 ? ['skipped', 'AlreadyEncrypted'] : ['done', undefined])
      expect((await fixture.bucket.client.get(name, { requireBinding: true })).content).toEqual(data)
    }
    const status = await fixture.status(id)
    expect(status).toMatchObject({ state: 'finished', batches: { listed: 13, finished: 13, dead: 0 } })
    // What was counted in Redis is what is in the report.
    expect(status.totals).toEqual(totals)
    // The same as this process says of the same objects.
    const alone = await fixture.bucket.run({ operation: 'verify' })
    const verify = await fixture.start({ operation: 'verify' }, { batchLength: 10 })
    await fixture.work()
    const beside = await fixture.report(verify)
    expect(beside.outcomes).toEqual(await fixture.bucket.report())
    expect(beside.totals).toEqual(alone.totals)
    expect(await listWorkers(fixture.queue)).toEqual([])
  })

  test('leaves names in Redis, and neither keys nor credentials nor content', { timeout: 60_000 }, async () => {
    await put(30)
    const seen: string[] = []
    const { cloud } = fixture.bucket
    await withRedis(fixture.redis.url, async (client) => {
      const monitor = await client.monitor()
      monitor.on('monitor', (_time: string, args: readonly string[]) => seen.push(args.join(' ')))
      const id = await fixture.start(
        { operation: 'encrypt', encryptionContext: { tenant: 'seven' } },
        { batchLength: 5 },
      )
      seen.push(await readAll(fixture.redis.url))
      const { ended, said } = fixture.spawnWorker({ untilDone: true })
      expect(await ended, said().stderr).toBe(0)
      expect(await fixture.status(id)).toMatchObject({ totals: { done: { objects: 30 } } })
      monitor.disconnect()
    })
    seen.push(await readAll(fixture.redis.url))
    const text = seen.join('\n')
    expect(text).toContain('o/0017')
    // All of what is kept, and all that was sent.
    const { accessKeySecret, accessKeyId } = cloud.credentials
    for (const secret of [accessKeySecret, accessKeyId, data.toString(), data.toString('base64'), data.toString('hex')])
      expect(text.includes(secret)).toBe(false)
    // No wrapped data key either: those of the objects are in their headers.
    const { res } = await fixture.bucket.oss.head('o/0017')
    const header = String((res.headers as Record<string, string>)['x-oss-meta-x-oss-meta-header'])
    expect(header.length).toBeGreaterThan(100)
    expect(text.includes(header.slice(0, 60))).toBe(false)
  })

  test('is gone on with by workers when whoever lists it ends', async () => {
    await put(40)
    const pages: number[] = []
    const failure = Object.assign(new Error('no'), { status: 403, code: 'AccessDenied' })
    const bucket = Object.assign(Object.create(fixture.bucket.oss), {
      listV2: async (query: Record<string, string>, options: object) => {
        pages.push(pages.length)
        if (pages.length === 3) throw failure
        return fixture.bucket.oss.listV2({ ...query, 'max-keys': '10' }, options)
      },
    })
    await expect(fixture.start({ operation: 'audit' }, { id: 'half', batchLength: 4, bucket })).rejects.toThrow()
    expect(await fixture.status('half')).toMatchObject({ state: 'listing', listed: { objects: 20 } })
    await fixture.work()
    const { outcomes } = await fixture.report('half')
    expect(outcomes.map(({ name }) => name)).toEqual(await fixture.bucket.names())
    // Started once more, it is the same job; another one is not taken for it.
    await fixture.start({ operation: 'audit' }, { id: 'half', batchLength: 4 })
    await expect(fixture.start({ operation: 'verify' }, { id: 'half' })).rejects.toMatchObject({ code: 'OtherJob' })
  })

  test('tries again later what may pass', async () => {
    await put(4)
    const { faults } = fixture.bucket.cloud
    // The client tries four times, the operation three times as often: each object needs the third attempt of its batch, or nearly so.
    const times = 4 * 12 * 2 + 24
    faults.add({ service: 'kms', times, effect: { kind: 'throttle' } })
    const id = await fixture.start({ operation: 'encrypt' }, { batchLength: 2, attempts: 8 })
    await fixture.work()
    expect(faults.waiting).toEqual([])
    const { totals, outcomes } = await fixture.report(id)
    expect(totals).toMatchObject({ done: { objects: 4 }, failed: { objects: 0 } })
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done'])
  })

  test('keeps what failed for good as dead letters, which can be requeued', async () => {
    const names = await put(6)
    const { faults } = fixture.bucket.cloud
    const effect = { kind: 'error', status: 403, code: 'AccessDenied' } as const
    faults.add({ service: 'oss', operation: 'CopyObject', times: 2, effect })
    const id = await fixture.start({ operation: 'encrypt' }, { batchLength: 3 })
    await fixture.work()
    const failed = []
    for await (const outcome of listFailed(fixture.queue, id)) failed.push(outcome)
    expect(failed).toMatchObject([{ code: 'AccessDenied' }, { code: 'AccessDenied' }])
    const before = await fixture.status(id)
    expect(before).toMatchObject({ state: 'finished', totals: { done: { objects: 4 }, failed: { objects: 2 } } })
    expect((await fixture.report(id)).totals).toEqual(before.totals)

    expect(await requeueFailed(fixture.queue, id, { codes: ['NotFound'] })).toBe(0)
    expect(await requeueFailed(fixture.queue, id)).toBe(2)
    expect(await fixture.status(id)).toMatchObject({ state: 'running', totals: { failed: { objects: 0 } } })
    await fixture.work()
    const { outcomes, totals } = await fixture.report(id)
    expect(outcomes.map(({ name, status }) => [name, status])).toEqual(names.map((name) => [name, 'done']))
    const after = await fixture.status(id)
    expect(after).toMatchObject({ state: 'finished', batches: { dead: 0, finished: 2 } })
    expect(after.totals).toEqual(totals)
  })

  test('shares workers with others, each with a report of its own', async () => {
    const [left, right] = [await put(12, 'left/'), await put(9, 'right/')]
    const ids = [
      await fixture.start({ operation: 'encrypt' }, { batchLength: 2 }, { prefix: 'left/' }),
      await fixture.start({ operation: 'audit' }, { batchLength: 2 }, { prefix: 'right/' }),
    ]
    await fixture.work({ jobs: 3 })
    const reports = await Promise.all(ids.map((id) => fixture.report(id)))
    expect(reports.map(({ outcomes }) => outcomes.map(({ name }) => name))).toEqual([left, right])
    expect(reports.map(({ totals }) => totals.kinds)).toMatchObject([
      { gcm: { objects: 12 } },
      { plain: { objects: 9 } },
    ])
  })

  test('keeps to its rates with all workers together', { timeout: 60_000 }, async () => {
    await put(30)
    const slow = { rates: { ossRequests: 20 }, batchLength: 3 }
    // An audit asks OSS twice at most for each object: ten objects a second.
    const id = await fixture.start({ operation: 'audit' }, slow)
    const startMs = Date.now()
    await Promise.all([fixture.work(), fixture.work()])
    const seconds = (Date.now() - startMs) / 1000
    expect(await fixture.status(id)).toMatchObject({ state: 'finished', totals: { done: { objects: 30 } } })
    expect(seconds).toBeGreaterThan(2.8)
    expect(seconds).toBeLessThan(20)
  })

  test('waits longer for its rates than a timer can', async () => {
    const id = await fixture.start({ operation: 'audit' })
    const limiter = new SharedRateLimiter(fixture.queue, id, { kmsCalls: 1e-7 })
    const cost = { putRequests: 0, getRequests: 0, bytesDown: 0, bytesUp: 0, kmsCalls: 1 }
    await limiter.take(cost)
    await expect(limiter.take(cost, AbortSignal.timeout(300))).rejects.toThrow(/abort/)
  })

  test('is left to others by a worker whose CMK is disabled', async () => {
    await put(6)
    const id = await fixture.start({ operation: 'encrypt' }, { batchLength: 2 })
    const { oldCmk, cloud } = fixture.bucket
    await cloud.kms.call('DisableKey', { KeyId: oldCmk })
    try {
      const message = expect.stringContaining('KeyDisabled')
      await expect(fixture.work()).rejects.toMatchObject({ code: 'WorkerUnfit', message })
    } finally {
      await cloud.kms.call('EnableKey', { KeyId: oldCmk })
    }
    expect(await fixture.status(id)).toMatchObject({
      totals: { failed: { objects: 0 } },
      batches: { dead: 0, active: 0 },
    })
    await fixture.work()
    expect((await fixture.report(id)).totals).toMatchObject({ done: { objects: 6 } })
  })

  test('gives a batch up that ends its workers', async () => {
    await put(4)
    const id = await fixture.start({ operation: 'audit' }, { batchLength: 2 })
    const { client, keys } = fixture.queue
    const { run } = await readRecord(fixture.queue, id)
    // As often as that it was taken from a worker that was silent.
    await client.hset(keys.batch(id, batchId({ run, number: 1 })), 'stc', '21')
    await fixture.work()
    const { outcomes } = await fixture.report(id)
    expect(outcomes).toMatchObject([
      { status: 'failed', code: 'Unexpected', message: expect.stringContaining('20 workers ended') },
      { status: 'failed', code: 'Unexpected' },
      { status: 'done' },
      { status: 'done' },
    ])
  })

  test('is left alone by workers that it is not for', async () => {
    await put(2)
    const id = await fixture.start({ operation: 'encrypt' })
    const events: WorkerEvent[] = []
    await fixture.work({ workplaceOf: () => undefined, notify: (event) => events.push(event) })
    expect(events).toEqual([{ type: 'refused', job: id }])
    expect(await fixture.status(id)).toMatchObject({ state: 'running', batches: { waiting: 1, active: 0 } })
  })

  test('tells of versions that differ, and is left alone by those that keep jobs otherwise', async () => {
    await put(2)
    const id = await fixture.start({ operation: 'audit' })
    const { client, keys } = fixture.queue
    await client.hset(keys.job(id), 'version', '99.0.0')
    await client.hset(keys.job(id), 'protocol', '99')
    const events: WorkerEvent[] = []
    const end = new AbortController()
    const worker = fixture.work({ untilDone: false, signal: end.signal, notify: (event) => events.push(event) })
    await until(async () => events.length > 0)
    expect(events[0]).toMatchObject({ type: 'failed', job: id, error: { code: 'OtherProtocol' } })
    await expect(fixture.status(id)).rejects.toMatchObject({ code: 'OtherProtocol' })
    await client.hset(keys.job(id), 'protocol', '1')
    await until(async () => (await fixture.status(id)).state === 'finished')
    end.abort()
    await worker
    expect(events).toContainEqual({ type: 'otherVersion', job: id, version: '99.0.0' })
  })

  test.each<[string, Partial<StartJobOptions>, Partial<JobSpec>]>([
    ['maxLength', {}, { filter: { maxLength: Infinity } }],
    ['minLength', {}, { filter: { minLength: NaN } }],
    ['kmsCalls', { rates: { kmsCalls: Infinity } }, {}],
    ['backoffMs', { backoffMs: Infinity }, {}],
    ['bytes', { expected: { objects: 1, bytes: Infinity } }, {}],
  ])('is refused, and nothing written, where JSON would make its %s null', async (name, options, more) => {
    const started = fixture.start({ operation: 'audit' }, { id: 'x', ...options }, more)
    await expect(started).rejects.toThrow(new RegExp(`^${name}.* number$`))
    await expect(started).rejects.toBeInstanceOf(RangeError)
    const { client, keys } = fixture.queue
    expect([await listJobs(fixture.queue), await client.exists(keys.job('x'))]).toEqual([[], 0])
  })

  test('is left to others by a worker whose own credentials are wrong', async () => {
    await put(6)
    const id = await fixture.start({ operation: 'encrypt' }, { batchLength: 2 })
    const { oldCmk, cloud } = fixture.bucket
    const { KmsDataKeyProvider } = await import('osscrypt')
    const { OssEncryptionClient } = await import('osscrypt/oss')
    const credentials = () => Promise.reject(new Error('there are none'))
    const dataKeys = new KmsDataKeyProvider(oldCmk, { ...cloud.kmsOptions(), credentials })
    const unfit = {
      client: new OssEncryptionClient({ store: fixture.bucket.oss, dataKeys }),
      bucket: fixture.bucket.oss,
    }
    await expect(fixture.work({ workplaceOf: () => unfit })).rejects.toMatchObject({ code: 'WorkerUnfit' })
    expect(await fixture.status(id)).toMatchObject({ totals: { failed: { objects: 0 } }, batches: { dead: 0 } })
    await fixture.work()
    expect((await fixture.report(id)).totals).toMatchObject({ done: { objects: 6 } })
  })
})

describe.skipIf(!hasRedis)('a Redis', () => {
  const bucket = useBucket()
  const servers: Awaited<ReturnType<typeof startRedis>>[] = []
  const start = async (...options: readonly string[]) => {
    const server = await startRedis(options)
    servers.push(server)
    return server
  }
  afterAll(() => Promise.all(servers.map((server) => server.close())))

  test('that would delete what is queued is refused', async () => {
    const { url } = await start('--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru')
    await expect(openQueue({ url })).rejects.toMatchObject({
      code: 'QueueEvicts',
      message: expect.stringContaining('volatile-lru'),
    })
  })

  test('is entered with user and password, which no error repeats', async () => {
    const { url } = await start('--user', 'jobs', 'on', '>p@ss/word', '~{*', '&*', '+@all', '--user', 'default', 'off')
    const at = (userinfo: string) => url.replace('//', `//${userinfo}`)
    const queue = await openQueue({ url: at('jobs:p%40ss%2Fword@') })
    await queue.close()
    for (const userinfo of ['jobs:wr0ng@', '']) {
      const error = await openQueue({ url: at(userinfo) }).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'QueueDenied' })
      expect(String(error)).not.toMatch(/wr0ng|127/)
    }
  })

  test('is asked for a database that it has, and no other is taken', async () => {
    const { url } = await start('--databases', '4')
    const queue = await openQueue({ url: `${url}/3` })
    await queue.client.set('there', '1')
    await queue.close()
    await withRedis(url, async (client) => {
      expect(await client.exists('there')).toBe(0)
    })
    const none = { code: 'QueueUnreachable', message: 'Redis has no database 4' }
    await expect(openQueue({ url: `${url}/4` })).rejects.toMatchObject(none)
    await expect(openQueue({ url: `${url}/1`, cluster: true })).rejects.toThrow(TypeError)
  })

  const hasOpenssl = spawnSync('openssl', ['version']).status === 0
  test.skipIf(!hasOpenssl)('is talked to over TLS, with a certificate that is known', async () => {
    const [key, certificate] = ['key', 'certificate'].map((name) => join(bucket.folder, name))
    const subject = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1']
    const args = ['req', '-x509', '-nodes', '-newkey', 'rsa:2048', '-days', '2', '-keyout', key!, '-out', certificate!]
    expect(spawnSync('openssl', [...args, ...subject]).status).toBe(0)
    const files = ['--tls-cert-file', certificate!, '--tls-key-file', key!, '--tls-ca-cert-file', certificate!]
    const { port } = await start('--port', '0', '--tls-port', 'PORT', '--tls-auth-clients', 'no', ...files)
    const url = `rediss://127.0.0.1:${String(port)}`
    const queue = await openQueue({ url, ca: await readFile(certificate!, 'utf8') })
    expect(await listJobs(queue)).toEqual([])
    await queue.close()
    await expect(openQueue({ url })).rejects.toMatchObject({ code: 'QueueUnreachable' })
  })

  test('cluster keeps all of a job in one place', async () => {
    const { url } = await start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
    await withRedis(url, async (client) => {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
      await until(async () => (await client.cluster('INFO')).includes('cluster_state:ok'))
    })
    for (const name of ['a', 'b', 'c']) await bucket.oss.put(name, data)
    const spec = { bucket: bucket.bucket, task: { operation: 'encrypt' as const } }
    for (const cluster of [true, false]) {
      const address = { url, cluster, name: `cluster-${String(cluster)}` }
      const queue = await openQueue(address)
      const id = await startJob(queue, spec, { bucket: bucket.oss, batchLength: 1, rates: { kmsCalls: 1000 } })
      const place = { client: bucket.client, bucket: bucket.oss }
      await runWorker(address, { workplaceOf: () => place, untilDone: true })
      const { state, totals } = await readStatus(queue, id)
      expect([state, totals.done.objects, totals.skipped.objects]).toEqual(['finished', ...(cluster ? [3, 0] : [0, 3])])
      await queue.close()
    }
  })

  test('that is not there is said to be unreachable; an address that is none is not repeated', async () => {
    await expect(openQueue({ url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({ code: 'QueueUnreachable' })
    for (const url of ['http://:secret@127.0.0.1', 'secret', 'redis://:secret@127.0.0.1/x']) {
      const error = await openQueue({ url }).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).not.toContain('secret')
    }
    const error = await openQueue({ url: 'redis://:100%secret@127.0.0.1' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(TypeError)
    expect(inspect(error)).toContain('%25')
    expect(inspect(error)).not.toContain('secret')
  })
})
