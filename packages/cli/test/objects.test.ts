import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench
let store: OSS
beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
  writeFileSync(bench.path('a.txt'), '0123456789')
  await bench.run('cp', 'a.txt', 'oss://my-bucket/dir/gcm', '--meta', 'note=x')
  await bench.run('cp', 'a.txt', 'oss://my-bucket/dir/floe', '--format', 'floe', '--context', 'team=red')
  await store.put('dir/plain', Buffer.from('plain'))
})
afterAll(() => bench.close())

describe('ls', () => {
  test('shows lengths of plaintext, and with -l formats and CMKs', async () => {
    expect((await bench.run('ls')).stdout).toBe('oss://my-bucket/\noss://other-bucket/\n')
    expect((await bench.run('ls', 'oss://my-bucket/')).stdout.trim()).toBe('dir/')
    const short = (await bench.run('ls', 'oss://my-bucket/dir/')).stdout.replace(/^\S+ \d\d:\d\d:\d\dZ +/gm, '')
    expect(short).toBe('10  dir/floe\n10  dir/gcm\n5  dir/plain\n')
    const long = (await bench.run('ls', '-l', 'oss://my-bucket/dir/')).stdout
    expect(long).toMatch(new RegExp(`10 {2}floe +${bench.cmk} {2}dir/floe`))
    expect(long).toMatch(/5 {2}plain +- +dir\/plain/)
    const json = await bench.run('ls', '-r', '--json', 'oss://my-bucket/')
    expect(json.json).toMatchObject([
      {
        type: 'object',
        bucket: 'my-bucket',
        key: 'dir/floe',
        length: 10,
        storedLength: 116,
        format: 'floe',
        cmks: [bench.cmk],
      },
      { key: 'dir/gcm', length: 10, storedLength: 10, format: 'gcm' },
      { key: 'dir/plain', length: 5, format: 'plain', cmks: [] },
    ])
    expect((await bench.run('ls', '--stored', 'oss://my-bucket/dir/floe')).stdout).toContain('116  dir/floe')
  })

  test('says when there is nothing', async () => {
    expect(await bench.run('ls', 'oss://my-bucket/none')).toMatchObject({ code: 3, stdout: '' })
    expect(await bench.run('ls', 'oss://no-such-bucket/')).toMatchObject({ code: 3, stdout: '' })
    expect((await bench.run('ls', 'file')).code).toBe(2)
  })

  test('a key that a terminal would obey is shown, not obeyed', async () => {
    await store.put('odd/\u001b[31mred', Buffer.from('x'))
    expect((await bench.run('ls', 'oss://my-bucket/odd/')).stdout).toContain('odd/\\u001b[31mred')
    await store.delete('odd/\u001b[31mred')
  })
})

test('stat', async () => {
  const text = await bench.run('stat', 'oss://my-bucket/dir/gcm')
  expect(text.code).toBe(0)
  expect(text.stdout).toMatch(/^length +10$/m)
  expect(text.stdout).toMatch(/^meta +note = x$/m)
  expect((await bench.run('stat', '--json', 'oss://my-bucket/dir/floe')).json).toMatchObject([
    { type: 'stat', length: 10, storedLength: 116, format: 'floe', cmks: [bench.cmk] },
  ])
  expect((await bench.run('stat', 'oss://my-bucket/dir/plain')).code).toBe(4)
  expect((await bench.run('stat', 'oss://my-bucket/dir/none')).code).toBe(3)
  expect((await bench.run('stat', 'oss://my-bucket')).code).toBe(2)
})

test('cat takes ranges: verified ones, and others by an option that says so', async () => {
  const cat = (...args: string[]) => bench.run('cat', ...args)
  expect(await cat('oss://my-bucket/dir/floe', '--range', '2-4')).toMatchObject({ code: 0, stdout: '234', stderr: '' })
  expect((await cat('oss://my-bucket/dir/floe', '--range', '7-')).stdout).toBe('789')
  expect((await cat('oss://my-bucket/dir/floe', '--range=-3')).stdout).toBe('789')
  const refused = await cat('oss://my-bucket/dir/gcm', '--range', '2-4')
  expect(refused).toMatchObject({ code: 9, stdout: '' })
  expect(refused.stderr).toContain('--allow-unverified-range takes that risk')
  const taken = await cat('oss://my-bucket/dir/gcm', '--range', '2-4', '--allow-unverified-range')
  expect(taken).toMatchObject({ code: 0, stdout: '234' })
  expect(taken.stderr).toContain('nobody has verified')
  expect((await cat('oss://my-bucket/dir/floe', '--range', '5-2')).code).toBe(2)
  expect((await cat('oss://my-bucket/dir/floe', '--range', 'x')).code).toBe(2)
  expect((await cat('oss://my-bucket/dir/floe', '--range', '50-60')).code).toBe(2)
  expect((await cat('oss://my-bucket/dir/none')).code).toBe(3)
})

test('inspect shows the envelope without KMS, and checks it with --verify', async () => {
  bench.cloud.clearRequests()
  const shown = await bench.run('inspect', 'oss://my-bucket/dir/floe', '--json')
  expect(shown.json).toMatchObject([
    {
      type: 'inspect',
      algorithm: 'FLOE',
      encryptionContext: { team: 'red', 'osscrypt:object': 'dir/floe' },
      boundTo: 'dir/floe',
      regions: ['cn-hangzhou'],
      envelope: 'not verified',
    },
  ])
  expect(bench.cloud.requests.filter(({ service }) => service === 'kms')).toEqual([])
  expect((await bench.run('inspect', '--verify', 'oss://my-bucket/dir/gcm')).stdout).toMatch(/^envelope +verified$/m)
  const { meta } = await store.head('dir/gcm')
  await store.put('swapped', Buffer.from('0123456789'), { meta })
  expect((await bench.run('inspect', 'oss://my-bucket/swapped')).code).toBe(0)
  expect((await bench.run('inspect', '--verify', 'oss://my-bucket/swapped')).code).toBe(5)
  await store.delete('swapped')
})

test('verify reads everything, and says what is not intact', async () => {
  const all = await bench.run('verify', '-r', 'oss://my-bucket/dir')
  expect(all.code).toBe(8)
  expect(all.stdout).toContain('2 objects intact, 1 FAILED')
  expect(all.stderr).toContain('NotEncrypted')
  expect(await bench.run('verify', 'oss://my-bucket/dir/plain')).toMatchObject({ code: 4, stdout: '' })
  expect((await bench.run('verify', '--json', 'oss://my-bucket/dir/floe')).json).toEqual([
    { type: 'verified', object: 'oss://my-bucket/dir/floe', intact: true },
  ])
  const { meta } = await store.head('dir/floe')
  const stored = (await store.get('dir/floe')).content as Buffer
  stored[100]! ^= 1
  await store.put('flipped', stored, { meta })
  expect((await bench.run('verify', 'oss://my-bucket/flipped', '--expected-key', 'dir/floe')).code).toBe(5)
  await store.delete('flipped')
})

test('rewrap puts objects under another CMK, and again does nothing', async () => {
  const other = await bench.cloud.createKey()
  await bench.run('cp', 'a.txt', 'oss://my-bucket/wrap/one')
  await bench.run('cp', 'a.txt', 'oss://my-bucket/wrap/two', '--format', 'floe')
  expect((await bench.run('rewrap', 'oss://my-bucket/wrap/one')).code).toBe(2)
  const first = await bench.run('rewrap', '-r', '--to', other, 'oss://my-bucket/wrap', '--json')
  expect(first.code).toBe(0)
  expect(first.json.at(-1)).toMatchObject({ type: 'summary', done: 2, skipped: 0, failed: 0 })
  const again = await bench.run('rewrap', '-r', '--to', other, 'oss://my-bucket/wrap')
  expect(again.stdout).toContain('0 objects rewrapped, 2 skipped')
  expect((await bench.run('cat', 'oss://my-bucket/wrap/one')).code).toBe(6)
  expect((await bench.run('cat', 'oss://my-bucket/wrap/two', '--cmk', other)).stdout).toBe('0123456789')
  expect((await bench.run('rewrap', '--to', other, 'oss://my-bucket/none')).code).toBe(3)
})

test('sync does what is missing, sees changes, and deletes only when told', { timeout: 90_000 }, async () => {
  mkdirSync(bench.path('tree/sub'), { recursive: true })
  for (const name of ['one', 'two', 'sub/three']) {
    writeFileSync(bench.path(`tree/${name}`), name)
    // To a time that can be set again.
    utimesSync(bench.path(`tree/${name}`), 1_600_000_000, 1_600_000_000)
  }
  const sync = async (...args: string[]) => (await bench.run('sync', '--json', ...args)).json.at(-1)
  expect(await sync('tree', 'oss://my-bucket/tree')).toMatchObject({ done: 3, skipped: 0 })
  expect(await sync('tree', 'oss://my-bucket/tree')).toMatchObject({ done: 0, skipped: 3 })
  writeFileSync(bench.path('tree/one'), 'ONE!')
  // The same length, and the time that it had.
  const { atime, mtime } = statSync(bench.path('tree/two'))
  writeFileSync(bench.path('tree/two'), 'TWO')
  utimesSync(bench.path('tree/two'), atime, mtime)
  expect(await sync('tree', 'oss://my-bucket/tree')).toMatchObject({ done: 1, skipped: 2 })
  expect(await sync('--checksum', 'tree', 'oss://my-bucket/tree')).toMatchObject({ done: 1, skipped: 2 })
  expect(await sync('oss://my-bucket/tree', 'tree-down')).toMatchObject({ done: 3 })
  expect(await sync('oss://my-bucket/tree', 'tree-down')).toMatchObject({ done: 0, skipped: 3 })
  rmSync(bench.path('tree/one'))
  writeFileSync(bench.path('tree-down/extra'), 'extra')
  expect(await sync('tree', 'oss://my-bucket/tree', '--delete')).toMatchObject({ deleted: 1 })
  expect(await sync('oss://my-bucket/tree', 'tree-down', '--dry-run', '--delete')).toMatchObject({ deleted: 2 })
  expect(existsSync(bench.path('tree-down/extra'))).toBe(true)
  expect(await sync('oss://my-bucket/tree', 'tree-down', '--delete')).toMatchObject({ deleted: 2 })
  expect(readdirSync(bench.path('tree-down')).sort()).toEqual(['sub', 'two'])
  expect(await sync('oss://my-bucket/tree', 'oss://other-bucket/tree')).toMatchObject({ done: 2 })
  expect((await bench.run('cat', 'oss://other-bucket/tree/two')).stdout).toBe('TWO')
  expect((await bench.run('sync', 'oss://my-bucket/none', 'tree-down', '--delete')).code).toBe(9)
  expect((await bench.run('sync', 'tree', 'tree-down')).code).toBe(2)
  expect((await bench.run('sync', 'missing', 'oss://my-bucket/x')).code).toBe(3)
})

test('sync and --update know a message-body object by the length of its plaintext', async () => {
  mkdirSync(bench.path('bodies'))
  for (const name of ['a', 'b']) writeFileSync(bench.path(`bodies/${name}`), `${name} is short`)
  const up = ['sync', '--json', '--format', 'message-body', 'bodies', 'oss://my-bucket/bodies']
  const down = ['sync', '--json', 'oss://my-bucket/bodies', 'bodies-down']
  for (const args of [up, down]) {
    expect((await bench.run(...args)).json.at(-1)).toMatchObject({ done: 2 })
    expect((await bench.run(...args)).json.at(-1)).toMatchObject({ done: 0, skipped: 2 })
  }
  for (const args of [
    ['cp', '-r', '-u', '--json', 'bodies', 'oss://my-bucket/bodies'],
    ['cp', '-r', '-u', '--json', 'oss://my-bucket/bodies', 'bodies-down'],
  ])
    expect((await bench.run(...args)).json.at(-1)).toMatchObject({ done: 0, skipped: 2 })
  writeFileSync(bench.path('bodies/a'), 'another, longer one')
  expect((await bench.run(...up)).json.at(-1)).toMatchObject({ done: 1, skipped: 1 })
})
