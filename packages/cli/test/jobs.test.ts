import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

// The command is started many times.
vi.setConfig({ testTimeout: 60_000 })

let bench: Bench
let store: OSS
let client: OssEncryptionClient
let count = 0
let bucket: string
let url: string
beforeAll(async () => {
  bench = await Bench.open()
})
beforeEach(async () => {
  bucket = `jobs-${String(++count)}`
  url = `oss://${bucket}/`
  await bench.cloud.createBucket(bucket)
  store = new OSS(bench.cloud.ossOptions(bucket))
  client = clientOf(bench.cmk)
})
afterEach(() => {
  bench.cloud.faults.clear()
})
afterAll(() => bench.close())

function clientOf(cmk: string): OssEncryptionClient {
  return new OssEncryptionClient({ store, dataKeys: new KmsDataKeyProvider(cmk, bench.cloud.kmsOptions()) })
}

const data = Buffer.from('the data')
/** A folder of this test's own. */
const folder = (name: string) => `${bucket}-${name}`
const jobs = (operation: string, ...more: string[]) =>
  bench.run('jobs', operation, url, '--folder', folder(operation), ...more)
const outcomes = (operation: string) =>
  readFileSync(bench.path(`${folder(operation)}/report.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('a bucket is encrypted: plan, dry run, job, and what shows that it is done', async () => {
  await store.put('a.txt', data, { meta: { colour: 'blue' } } as object)
  await store.put('sub/b.txt', data)
  await client.put('c.txt', data)
  const plan = await bench.run('jobs', 'plan', 'encrypt', url, '--json', '--rate-kms', '2')
  expect(plan).toMatchObject({ code: 0, stderr: '' })
  expect(plan.json).toMatchObject([{ type: 'plan', objects: 3, cost: { kmsCalls: 6 }, seconds: 3 }])

  const dry = await bench.run('jobs', 'encrypt', url, '--folder', folder('dry'), '--dry-run')
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  expect(dry.stdout).toContain('2 objects to encrypt, 1 skipped (AlreadyEncrypted)')
  expect((await store.get('a.txt')).content).toEqual(data)

  const done = await jobs('encrypt', '--format', 'floe', '--context', 'project=p', '--csv', `${bucket}.csv`)
  expect(done).toMatchObject({ code: 0, stderr: '' })
  expect(done.stdout).toBe(
    `2 objects encrypted, 1 skipped (AlreadyEncrypted), 16 B\nwhat came of each object: ${folder('encrypt')}/report.jsonl\n`,
  )
  const got = await client.get('a.txt', { requireBinding: true })
  expect(got).toMatchObject({ content: data, meta: { colour: 'blue' }, integrity: 'segments' })
  expect(got.encryption.encryptionContext).toMatchObject({ project: 'p' })
  expect(readFileSync(bench.path(`${bucket}.csv`), 'utf8').split('\r\n')[1]).toBe(
    `a.txt,,,8,done,,floe,${bench.cmk},,,`,
  )

  expect((await jobs('verify', '-q')).code).toBe(0)
  const audit = await jobs('audit', '--json', '--html', `${bucket}.html`)
  expect(audit.code).toBe(0)
  expect(audit.json.filter(({ type }) => type === 'outcome')).toHaveLength(3)
  expect(audit.json.at(-1)).toMatchObject({
    type: 'audit',
    kinds: { floe: { objects: 2 }, gcm: { objects: 1 } },
    cmks: { [bench.cmk]: { objects: 3 } },
  })
  expect(readFileSync(bench.path(`${bucket}.html`), 'utf8')).toContain(`audit of ${bucket}/`)
})

test('what is not what was written is told from what failed, and from what was left out', async () => {
  await client.put('changed', data)
  await client.put('whole', data)
  await store.put('plain', data)
  const { res } = await store.head('changed')
  const meta = Object.fromEntries(
    Object.entries(res.headers as Record<string, string>)
      .filter(([name]) => name.startsWith('x-oss-meta-'))
      .map(([name, value]) => [name.slice('x-oss-meta-'.length), value]),
  )
  await store.put('changed', Buffer.from('other 8b'), { meta } as object)
  const ended = await jobs('verify', '--include', 'changed', '--include', 'whole')
  expect(ended.code).toBe(5)
  expect(ended.stderr).toContain('NOT what was written, or not what was meant: 1 object')
  expect(ended.stderr).toContain(`  oss://${bucket}/changed\n`)

  const left = await bench.run('jobs', 'verify', url, '--folder', folder('left'), '--exclude', 'changed')
  expect(left.code).toBe(8)
  expect(left.stdout).toContain('1 object verified, 1 LEFT OUT (NotEncrypted)')

  const effect = { kind: 'error', status: 403, code: 'AccessDenied' } as const
  bench.cloud.faults.add({ service: 'oss', operation: 'GetObject', times: Infinity, effect })
  const failed = await bench.run('jobs', 'verify', url, '--folder', folder('failed'), '--exclude', 'plain')
  expect(failed.code).toBe(8)
  expect(failed.stdout).toContain('2 FAILED (AccessDenied)')
})

test.each(['SIGINT', 'SIGKILL'] as const)('the same command goes on with a job after %s', async (signal) => {
  for (const name of ['a', 'b', 'c', 'd']) await store.put(name, data)
  bench.cloud.faults.add({
    service: 'oss',
    operation: 'CopyObject',
    skip: 2,
    times: Infinity,
    effect: { kind: 'delay', delayMs: 30_000 },
  })
  const args = ['jobs', 'encrypt', url, '--folder', folder('encrypt'), '-j', '1']
  bench.cloud.clearRequests()
  const running = bench.start(args)
  const copies = () => bench.cloud.requests.filter(({ operation }) => operation === 'CopyObject').length
  while (copies() < 3) await new Promise((resolve) => setTimeout(resolve, 10))
  running.child.kill(signal)
  const ended = await running.ended
  expect(ended.code).toBe(signal === 'SIGINT' ? 130 : null)
  if (signal === 'SIGINT')
    expect(ended.stderr).toContain(`the same command goes on with it; the state is in ${folder('encrypt')}`)
  bench.cloud.faults.clear()
  const again = await bench.run(...args)
  expect(again).toMatchObject({ code: 0, stderr: '' })
  expect(outcomes('encrypt').map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
  for (const name of ['a', 'b', 'c', 'd']) expect((await client.get(name)).content).toEqual(data)
  expect((await bench.run('jobs', 'clean', url, '--yes')).code).toBe(0)
  const { objects } = (await store.listV2({ 'max-keys': '100' }, {})) as { objects: { name: string }[] }
  expect(objects.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
})

test('a rewrap ends with what shows that nothing needs the old CMK, or with what does', async () => {
  const newCmk = await bench.cloud.createKey()
  await client.put('a', data)
  await client.put('sub/b', data, { format: 'floe' })
  await store.put('plain', data)
  const some = await bench.run('jobs', 'rewrap', url, '--to', newCmk, '--folder', folder('some'), '--exclude', 'sub/**')
  expect(some.code).toBe(8)
  expect(some.stdout).toContain(
    `3 objects below ${url}, old versions counted: NEED OTHER CMKs STILL: 1; they are listed in`,
  )
  expect(readFileSync(bench.path(`${folder('some')}/needs-other-cmks.jsonl`), 'utf8')).toContain('"name":"sub/b"')
  const all = await jobs('rewrap', '--to', newCmk)
  expect(all.code).toBe(0)
  expect(all.stdout).toContain(`3 objects below ${url}, old versions counted: none needs another CMK than the new ones`)
  expect(all.stderr).toContain(`osscrypt config set read-cmk ${newCmk}`)
  expect((await clientOf(newCmk).get('sub/b')).content).toEqual(data)
})

test('a filter that chooses nothing is told of', async () => {
  await store.put('d/a.csv', data)
  const none = await bench.run('jobs', 'audit', url, '--folder', folder('none'), '--include', '*.csv')
  expect(none).toMatchObject({ code: 0 })
  expect(none.stderr).toContain('the filter chose nothing of what is there')
  const some = await bench.run('jobs', 'audit', url, '--folder', folder('some'), '--include', '**.csv')
  expect(some).toMatchObject({ code: 0, stderr: '' })
})

test('a job that came to its end is no look at what is there now', async () => {
  await client.put('a', data)
  const verify = ['jobs', 'verify', url, '--folder', folder('verify')]
  expect((await bench.run(...verify)).code).toBe(0)
  await store.put('a', data)
  const again = await bench.run(...verify)
  expect(again).toMatchObject({ code: 9 })
  expect(again.stderr).toMatch(/came to its end at \d{4}-.*; no object was looked at now \(JobEnded\)/)
  const newCmk = await bench.cloud.createKey()
  const rewrap = ['jobs', 'rewrap', url, '--to', newCmk, '--folder', folder('rewrap')]
  expect((await bench.run(...rewrap)).code).toBe(0)
  await client.put('b', data)
  const proof = await bench.run(...rewrap)
  expect(proof.code).toBe(8)
  expect(proof.stdout).toContain('NEED OTHER CMKs STILL: 1')
})

test('old versions need the old CMK, too', async () => {
  const newCmk = await bench.cloud.createKey()
  const versioned = store as unknown as { putBucketVersioning(bucket: string, status: string): Promise<unknown> }
  await versioned.putBucketVersioning(bucket, 'Enabled')
  await client.put('a', data)
  const ended = await jobs('rewrap', '--to', newCmk, '--json')
  expect(ended.code).toBe(8)
  expect(ended.json.find(({ type }) => type === 'proof')).toMatchObject({
    needsOthers: { objects: 1 },
    oldVersions: 1,
    lookedAt: { objects: 2 },
    versions: true,
  })
  const shown = await bench.run('jobs', 'rewrap', url, '--to', newCmk, '--folder', folder('again'))
  expect(shown.stdout).toContain('NEED OTHER CMKs STILL: 1, 1 of them old versions;')
  expect(shown.stdout).toContain('keep it until a lifecycle rule')
  const audit = await jobs('audit', '--versions', '--json')
  expect(audit.json.at(-1)).toMatchObject({ kinds: { gcm: { objects: 1 } }, oldVersions: { gcm: { objects: 1 } } })
})

test('what is asked for wrongly leaves no folder, and touches nobody else’s', async () => {
  await store.put('a', data)
  expect(await bench.run('jobs', 'verify', url)).toMatchObject({ code: 2 })
  expect((await bench.run('jobs', 'plan', 'burn', url)).code).toBe(2)
  expect((await bench.run('jobs', 'rewrap', url, '--folder', 'x')).code).toBe(2)
  expect((await jobs('verify', '--modified-before', 'soon')).code).toBe(2)
  expect((await jobs('verify', '--inventory', 'manifest.json')).code).toBe(2)
  writeFileSync(bench.path('there.csv'), '')
  expect((await jobs('audit', '--csv', 'there.csv')).code).toBe(9)
  writeFileSync(bench.path('prices.json'), '{"currency":"CNY"}')
  expect((await bench.run('jobs', 'plan', 'audit', url, '--prices', 'prices.json')).code).toBe(2)
  for (const name of ['verify', 'audit']) expect(existsSync(bench.path(folder(name)))).toBe(false)
  expect((await jobs('audit')).code).toBe(0)
  const other = await bench.run('jobs', 'audit', url, '--folder', folder('audit'), '--include', 'a')
  expect(other).toMatchObject({ code: 2, stdout: '' })
  expect(other.stderr).toContain('JobMismatch')
})

test('what goes wrong with every object ends a job, which is gone on with', async () => {
  await store.put('a', data)
  await store.put('b', data)
  const gone = bench.start(['jobs', 'encrypt', url, '--folder', folder('encrypt'), '--retries', '0'], {
    env: { KMS_ENDPOINT: 'http://127.0.0.1:1' },
  })
  expect((await gone.ended).code).toBe(7)
  expect((await jobs('encrypt')).code).toBe(0)
  expect(outcomes('encrypt')).toMatchObject([{ status: 'done' }, { status: 'done' }])
})

test('a format of the profile that jobs do not store is refused, and nothing is touched', async () => {
  await store.put('plain', data)
  const args = ['jobs', 'encrypt', url, '--folder', folder('format')]
  const env = { OSSCRYPT_FORMAT: 'message-body' }
  const ended = await bench.runIn(env, ...args)
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('message-body')
  expect((await store.get('plain')).content).toEqual(data)
  expect((await bench.runIn(env, ...args, '--format', 'floe')).code).toBe(0)
  expect((await client.get('plain')).format).toBe('floe')
})
