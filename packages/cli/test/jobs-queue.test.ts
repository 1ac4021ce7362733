import { readFileSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRedisInstalled, startRedis } from '../../../tools/redis-server.mjs'
import { Bench } from './command.js'

const hasRedis = isRedisInstalled()
if (!hasRedis) console.log('redis-server is not there: commands of jobs over Redis are not tested')

describe.skipIf(!hasRedis)('jobs over Redis', () => {
  let bench: Bench
  let redis: Awaited<ReturnType<typeof startRedis>>
  let store: OSS
  let env: Record<string, string>
  beforeAll(async () => {
    bench = await Bench.open()
    redis = await startRedis(['--requirepass', 'a-password'])
    env = { OSSCRYPT_QUEUE: redis.url.replace('//', '//:a-password@') }
    store = new OSS(bench.cloud.ossOptions('my-bucket'))
    for (let index = 0; index < 30; index++) await store.put(`o/${String(index)}`, Buffer.from('the data'))
  })
  afterAll(async () => {
    await redis.close()
    await bench.close()
  })
  const run = (...args: readonly string[]) => bench.runIn(env, ...args)
  /** Beside what runs here. */
  const begin = (...args: readonly string[]) => bench.start(args, { env }).ended

  test('a job is started, worked on by two, watched, and reported', { timeout: 120_000 }, async () => {
    const started = await run('jobs', 'start', 'encrypt', 'oss://my-bucket/o/', '--job', 'e', '--batch', '4', '--json')
    expect(started).toMatchObject({
      code: 0,
      json: [
        { type: 'started', job: 'e' },
        { type: 'queued', objects: 30 },
      ],
    })
    expect((await run('jobs', 'status')).stdout).toMatch(/^e +running +oss:\/\/my-bucket\/o\/ +30 +0 +0$/m)
    const workers = [1, 2].map(() => begin('jobs', 'worker', 'oss://my-bucket/', '--until-done'))
    const watched = await run(
      'jobs',
      'status',
      'e',
      '--watch',
      '--report',
      'e.jsonl',
      '--csv',
      'e.csv',
      '--html',
      'e.html',
    )
    expect(watched).toMatchObject({ code: 0, stderr: '' })
    expect(watched.stdout).toMatch(/^done +30$/m)
    for (const worker of workers) expect(await worker).toMatchObject({ code: 0, stderr: '' })
    const lines = readFileSync(bench.path('e.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).status)).toEqual(Array.from({ length: 30 }, () => 'done'))
    expect(readFileSync(bench.path('e.html'), 'utf8')).toContain('No object failed.')
    expect(readFileSync(bench.path('e.csv'), 'utf8').split('\r\n').slice(0, 2).join('\n')).toMatch(
      /^name,.*\no\/0,.*,done,/,
    )
    // A file that is there is left.
    expect((await run('jobs', 'status', 'e', '--report', 'e.jsonl')).code).toBe(9)
    expect((await bench.run('verify', '-rq', '--require-binding', 'oss://my-bucket/o/')).code).toBe(0)
  })

  test('a worker takes nothing that it was not given, whatever stands in Redis', { timeout: 120_000 }, async () => {
    const foreign = await bench.cloud.createKey()
    await new OSS(bench.cloud.ossOptions('other-bucket')).put('o/1', Buffer.from('the data'))
    writeFileSync(bench.path('file'), 'the data')
    expect((await bench.run('cp', 'file', 'oss://my-bucket/r/1')).code).toBe(0)
    for (const [job, ...what] of [
      ['r', 'rewrap', 'oss://my-bucket/r/', '--to', foreign],
      ['o', 'audit', 'oss://other-bucket/'],
    ])
      expect(await run('jobs', 'start', ...what, '--job', job!, '-q')).toMatchObject({ code: 0, stdout: `${job!}\n` })
    const worker = await run('jobs', 'worker', 'oss://my-bucket/', '--until-done')
    expect(worker.code).toBe(0)
    expect(worker.stderr).toContain(`${foreign} is none of this worker’s CMKs`)
    expect(worker.stderr).toContain('the bucket other-bucket is none of those')
    expect((await run('jobs', 'status', 'r', '--json')).json).toMatchObject([
      { state: 'running', totals: { done: { objects: 0 }, skipped: { objects: 0 }, failed: { objects: 0 } } },
    ])
    // One that knows the CMK does it.
    const knowing = ['jobs', 'worker', 'oss://my-bucket/', '--until-done', '--read-cmk', foreign]
    expect((await run(...knowing)).code).toBe(0)
    expect((await run('jobs', 'status', 'r', '--json')).json).toMatchObject([{ totals: { done: { objects: 1 } } }])
    for (const job of ['r', 'o']) expect((await run('jobs', 'cancel', job, '--forget', '-q')).code).toBe(0)
  })

  test(
    'after a rewrap it is proven from any machine that nothing needs the old CMK, or told what does',
    { timeout: 120_000 },
    async () => {
      const [oldCmk, newCmk] = [bench.cmk, await bench.cloud.createKey()]
      writeFileSync(bench.path('file'), 'the data')
      for (const name of ['p/1', 'p/left'])
        expect((await bench.run('cp', 'file', `oss://my-bucket/${name}`)).code).toBe(0)
      const rewrap = ['jobs', 'start', 'rewrap', 'oss://my-bucket/p/', '--to', newCmk, '-q']
      expect((await run(...rewrap, '--exclude', '**/left', '--job', 'rw')).code).toBe(0)
      const worker = ['jobs', 'worker', 'oss://my-bucket/', '--read-cmk', newCmk, '--until-done']
      expect((await run(...worker)).code).toBe(0)
      const proving = begin('jobs', 'prove', 'rw', '--list', 'left.jsonl', '--job', 'look')
      while ((await run('jobs', 'status', 'look')).code !== 0);
      expect((await run(...worker)).code).toBe(0)
      const some = await proving
      expect(some).toMatchObject({ code: 8 })
      expect(some.stdout).toMatch(
        /2 objects below oss:\/\/my-bucket\/p\/, old versions counted: NEED OTHER CMKs STILL: 1/,
      )
      const [left, ...more] = readFileSync(bench.path('left.jsonl'), 'utf8').trim().split('\n')
      expect([JSON.parse(left!), more]).toEqual([expect.objectContaining({ name: 'p/left', cmkArns: [oldCmk] }), []])
      // The file is somebody's now.
      expect((await run('jobs', 'prove', 'rw', '--list', 'left.jsonl')).code).toBe(9)
      expect((await run(...rewrap, '--job', 'rest')).code).toBe(0)
      expect((await run(...worker)).code).toBe(0)
      const all = begin('jobs', 'prove', 'rest', '--list', 'none.jsonl', '--job', 'again', '--json')
      while ((await run('jobs', 'status', 'again')).code !== 0);
      expect((await run(...worker)).code).toBe(0)
      expect((await all).code).toBe(0)
      expect((await all).json.at(-1)).toMatchObject({
        type: 'proof',
        needsOthers: { objects: 0 },
        undecided: { objects: 0 },
      })
      expect(readFileSync(bench.path('none.jsonl'), 'utf8')).toBe('')
      expect((await run('jobs', 'prove', 'look', '--list', 'x')).code).toBe(2)
      for (const job of ['rw', 'rest', 'look', 'again']) await run('jobs', 'cancel', job, '--forget', '-q')
    },
  )

  test(
    'a worker that encrypts under other CMKs leaves the job to those that do not',
    { timeout: 120_000 },
    async () => {
      const other = await bench.cloud.createKey()
      await store.put('u/1', Buffer.from('the data'))
      await run('jobs', 'start', 'encrypt', 'oss://my-bucket/u/', '--job', 'u', '-q')
      const wrong = await run('jobs', 'worker', 'oss://my-bucket/', '--until-done', '--cmk', other)
      expect(wrong.stderr).toContain(`it is to be encrypted under ${bench.cmk}, and this worker would under ${other}`)
      expect((await run('jobs', 'worker', 'oss://my-bucket/', '--until-done')).code).toBe(0)
      expect((await run('jobs', 'status', 'u', '--json')).json).toMatchObject([
        { totals: { done: { objects: 1 }, cmks: { [bench.cmk]: { objects: 1 } } } },
      ])
      await run('jobs', 'cancel', 'u', '--forget', '-q')
    },
  )

  test('what failed is shown, requeued, and said by the exit code', { timeout: 120_000 }, async () => {
    const effect = { kind: 'error', status: 403, code: 'AccessDenied' } as const
    await run('jobs', 'start', 'audit', 'oss://my-bucket/o/', '--job', 'a', '-q')
    bench.cloud.faults.add({ service: 'oss', operation: 'HeadObject', effect })
    await run('jobs', 'worker', 'oss://my-bucket/', '--until-done')
    expect((await run('jobs', 'status', 'a', '--watch', '-q')).code).toBe(8)
    expect((await run('jobs', 'failed', 'a', '--json')).json).toMatchObject([{ type: 'failed', code: 'AccessDenied' }])
    expect((await run('jobs', 'requeue', 'a')).stdout).toBe('1 object requeued\n')
    await run('jobs', 'worker', 'oss://my-bucket/', '--until-done')
    expect((await run('jobs', 'status', 'a', '--watch', '-q')).code).toBe(0)
    expect((await run('jobs', 'failed', 'a')).stdout).toBe('')
    const noRewrap = await run('jobs', 'prove', 'a', '--list', 'list.jsonl')
    expect(noRewrap).toMatchObject({ code: 2, stderr: expect.stringContaining('a is no rewrap (Usage)') })
  })

  test('a job is paused, resumed, cancelled and forgotten from anywhere', { timeout: 120_000 }, async () => {
    const unnamed = await run('jobs', 'start', 'audit', 'oss://my-bucket/o/', '--json')
    expect(unnamed).toMatchObject({ code: 0, json: [{ type: 'started' }, { type: 'queued', objects: 30 }] })
    const job = String(unnamed.json[0]?.['job'])
    expect(job).toMatch(/^audit-\d{4}-\d\d-\d\d-[\da-f]{8}$/)
    expect((await run('jobs', 'cancel', job, '--forget')).code).toBe(0)
    await run('jobs', 'start', 'audit', 'oss://my-bucket/o/', '--job', 'p', '-q')
    const stateOf = async () => (await run('jobs', 'status', 'p', '--json')).json[0]?.['state']
    expect((await run('jobs', 'pause', 'p')).stdout).toBe('paused p\n')
    expect(await stateOf()).toBe('paused')
    expect((await run('jobs', 'resume', 'p')).stdout).toBe('resumed p\n')
    expect(await stateOf()).toBe('running')
    expect((await run('jobs', 'cancel', 'p')).code).toBe(0)
    expect(await stateOf()).toBe('cancelled')
    expect((await run('jobs', 'resume', 'p')).code).toBe(9)
    expect((await run('jobs', 'cancel', 'p', '--forget')).code).toBe(0)
    expect((await run('jobs', 'status', 'p')).code).toBe(3)
  })

  test('what is wrong with the queue is told without its password', { timeout: 120_000 }, async () => {
    const without = await bench.run('jobs', 'status')
    expect(without).toMatchObject({ code: 2, stdout: '' })
    expect(without.stderr).toContain('OSSCRYPT_QUEUE')
    const wrong = await bench.run('jobs', 'status', '--queue', redis.url.replace('//', '//:wr0ng@'), '--debug')
    expect(wrong.code).toBe(6)
    expect(wrong.stderr).not.toContain('wr0ng')
    expect((await bench.run('jobs', 'status', '--queue', 'redis://127.0.0.1:1')).code).toBe(7)
    expect((await run('jobs', 'start', 'sing', 'oss://my-bucket/')).code).toBe(2)
    expect((await run('jobs', 'start', 'audit', 'oss://my-bucket/', '--to', bench.cmk)).code).toBe(2)
  })
})
