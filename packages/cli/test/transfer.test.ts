import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('a.txt'), 'hello\n')
  writeFileSync(bench.path('empty'), '')
})
afterAll(() => bench.close())

const read = (name: string) => readFileSync(bench.path(name), 'utf8')

describe('cp', () => {
  test.each(['gcm', 'floe'])('up, down and to stdout, in the format %s', async (format) => {
    const object = `oss://my-bucket/${format}/a.txt`
    const up = await bench.run('cp', 'a.txt', object, '--format', format, '--context', 'team=red', '--meta', 'note=x')
    expect(up).toMatchObject({ code: 0, stdout: `uploaded a.txt -> ${object}\n`, stderr: '' })
    const down = await bench.run('cp', object, `${format}.txt`)
    expect(down).toMatchObject({ code: 0, stdout: `downloaded ${object} -> ${format}.txt\n`, stderr: '' })
    expect(read(`${format}.txt`)).toBe('hello\n')
    expect(await bench.run('cp', object, '-')).toMatchObject({ code: 0, stdout: 'hello\n' })
  })

  test('from stdin, and an empty one', async () => {
    const piped = await bench.start(['cp', '-', 'oss://my-bucket/piped'], { input: 'from a pipe' }).ended
    expect(piped.code).toBe(0)
    expect((await bench.run('cat', 'oss://my-bucket/piped')).stdout).toBe('from a pipe')
    expect((await bench.run('cp', 'empty', 'oss://my-bucket/')).code).toBe(0)
    expect(await bench.run('cat', 'oss://my-bucket/empty')).toMatchObject({ code: 0, stdout: '' })
  })

  test('replaces nothing unless it is told to', async () => {
    await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/there')
    writeFileSync(bench.path('b.txt'), 'other content\n')
    const refused = await bench.run('cp', 'b.txt', 'oss://my-bucket/there')
    expect(refused).toMatchObject({ code: 9, stdout: '' })
    expect(refused.stderr).toContain('oss://my-bucket/there is there already (Exists)')
    expect(await bench.run('cp', '-n', 'b.txt', 'oss://my-bucket/there')).toMatchObject({
      code: 0,
      stdout: 'skipped b.txt: it is there already\n',
    })
    expect((await bench.run('cat', 'oss://my-bucket/there')).stdout).toBe('hello\n')
    expect((await bench.run('cp', '-u', 'b.txt', 'oss://my-bucket/there')).stdout).toContain('uploaded')
    expect((await bench.run('cat', 'oss://my-bucket/there')).stdout).toBe('other content\n')

    writeFileSync(bench.path('mine.txt'), 'mine')
    expect((await bench.run('cp', 'oss://my-bucket/there', 'mine.txt')).code).toBe(9)
    expect(read('mine.txt')).toBe('mine')
    expect((await bench.run('cp', '--force', 'oss://my-bucket/there', 'mine.txt')).code).toBe(0)
    expect(read('mine.txt')).toBe('other content\n')
  })

  test('inside OSS, in one bucket and to another', async () => {
    await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/src')
    expect((await bench.run('cp', 'oss://my-bucket/src', 'oss://my-bucket/dst')).stdout).toContain('copied')
    expect((await bench.run('cat', 'oss://my-bucket/dst')).stdout).toBe('hello\n')
    expect((await bench.run('cp', 'oss://my-bucket/src', 'oss://other-bucket/')).code).toBe(0)
    expect((await bench.run('cat', 'oss://other-bucket/src')).stdout).toBe('hello\n')
    const itself = await bench.run('cp', '-f', 'oss://my-bucket/src', 'oss://my-bucket/src')
    expect(itself).toMatchObject({ code: 2 })
    expect(itself.stderr).toContain('SameObject')
  })

  test.each([
    [['cp', 'a.txt', 'b.txt'], 2, 'neither side is in OSS'],
    [['cp', 'missing', 'oss://my-bucket/x'], 3, 'ENOENT'],
    [['cp', 'oss://my-bucket/missing', 'x'], 3, 'NotFound'],
    [['cp', 'a.txt', 'oss://no-such-bucket/x'], 3, 'NotFound'],
    [['cp', '.', 'oss://my-bucket/x'], 2, '-r takes folders'],
    [['cp', 'a.txt', 'oss:/my-bucket/x'], 2, 'is not oss://BUCKET/KEY'],
    [['cp', 'a.txt', 'oss://Not_A_Bucket/x'], 2, 'no bucket has that name'],
    [['verify', 'oss://my-bucket/folder/'], 3, '-r is for everything below it'],
    [['rm', 'oss://my-bucket/folder/'], 3, '-r is for everything below it'],
    [['cp', '-f', '-n', 'a.txt', 'oss://my-bucket/x'], 2, 'exclude each other'],
    [['cp', 'a.txt', 'oss://my-bucket/x', '--jobs', 'many'], 2, '--jobs takes a number'],
    [['cp', 'a.txt', 'oss://my-bucket/x', '--format', 'zip'], 2, 'gcm, floe'],
    [['cp', '--no-such-option', 'a.txt', 'oss://my-bucket/x'], 2, 'unknown option'],
    [['cp', 'a.txt'], 2, "missing required argument 'target'"],
    [['config', 'set', 'region', 'hangzhou'], 2, 'is no region'],
    [['nonsense'], 2, "unknown command 'nonsense'"],
  ])('%j ends with %i', async (args, code, says) => {
    const ended = await bench.run(...args)
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(says)
    const asJson = await bench.run(...args, '--json')
    expect(asJson.json).toMatchObject([{ type: 'error', exitCode: code }])
    expect(asJson.stderr).toBe('')
  })

  test('an object that was changed, or is plain, leaves no file', async () => {
    await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/changed')
    const store = new OSS(bench.cloud.ossOptions('my-bucket'))
    const { meta } = await store.head('changed')
    await store.put('changed', Buffer.from('hellO\n'), { meta: meta })
    const changed = await bench.run('cp', 'oss://my-bucket/changed', 'never.txt')
    expect(changed).toMatchObject({ code: 5, stdout: '' })
    expect(changed.stderr).toContain('IntegrityFailed')
    await store.put('plain', Buffer.from('for all to read'))
    expect((await bench.run('cp', 'oss://my-bucket/plain', 'never.txt')).code).toBe(4)
    expect(readdirSync(bench.folder).filter((name) => name.includes('never'))).toEqual([])
    expect((await bench.run('cat', 'oss://my-bucket/changed')).stdout).toBe('')
    expect((await bench.run('verify', 'oss://my-bucket/changed')).code).toBe(5)
  })

  test('KMS that denies, is away, or has no such key', async () => {
    await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/denied')
    bench.cloud.denyKey(bench.cmk)
    const denied = await bench.run('cat', 'oss://my-bucket/denied', '--debug')
    bench.cloud.permitKey(bench.cmk)
    expect(denied.code).toBe(6)
    expect(denied.stderr).toMatch(/AccessDenied.*RequestId|RequestId.*AccessDenied/)
    expect(denied.stderr).not.toContain(bench.cloud.credentials.accessKeySecret)
    const other = await bench.run('cat', 'oss://my-bucket/denied', '--cmk', 'acs:kms:cn-hangzhou:1:key/other')
    expect(other.code).toBe(6)
    expect(other.stderr).toContain('NoMatchingKey')
    const away = await bench.run('cat', 'oss://my-bucket/denied', '--endpoint', 'http://127.0.0.1:9')
    expect(away.code).toBe(7)
  })

  test('a whole folder, again for what is missing, and what fails', async () => {
    mkdirSync(bench.path('tree/sub'), { recursive: true })
    for (const name of ['one', 'two', 'sub/three']) writeFileSync(bench.path(`tree/${name}`), name)
    symlinkSync('/etc/passwd', bench.path('tree/link'))
    const first = await bench.run('cp', '-r', 'tree', 'oss://my-bucket/tree', '--json')
    expect(first.code).toBe(8)
    expect(first.json.at(-1)).toMatchObject({ type: 'summary', done: 3, skipped: 0, omitted: 1, failed: 0, bytes: 15 })
    writeFileSync(bench.path('tree/four'), 'four')
    const refused = await bench.run('cp', '-r', 'tree', 'oss://my-bucket/tree', '--json')
    expect(refused.code).toBe(8)
    expect(refused.json.at(-1)).toMatchObject({ done: 1, failed: 3 })
    const again = await bench.run('cp', '-rn', 'tree', 'oss://my-bucket/tree')
    expect(again).toMatchObject({ code: 8, stderr: '' })
    expect(again.stdout).toContain('link: a symbolic link')
    expect(again.stdout).toContain('0 objects uploaded, 4 skipped (it is there already), 1 LEFT OUT')
    expect((await bench.run('cp', '-r', 'oss://my-bucket/tree', 'tree-down')).code).toBe(0)
    expect(read('tree-down/sub/three')).toBe('sub/three')
    expect((await bench.run('cp', '-r', 'oss://my-bucket/no-such', 'x')).code).toBe(3)
  })
})

test('keys cannot escape the target folder', async () => {
  const store = new OSS(bench.cloud.ossOptions('my-bucket'))
  await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/evil/good.txt')
  const { meta } = await store.head('evil/good.txt')
  const bad = [
    'evil//absolute',
    'evil/C:drive',
    'evil/back\\slash',
    `evil/${'n'.repeat(300)}`,
    'evil/link/inside',
    'evil/new\nline',
  ]
  for (const key of bad) await store.put(key, Buffer.from('x'), { meta: meta })
  mkdirSync(bench.path('outside'))
  mkdirSync(bench.path('target'))
  symlinkSync(bench.path('outside'), bench.path('target/link'))
  const ended = await bench.run('cp', '-r', '--json', 'oss://my-bucket/evil/', 'target')
  expect(ended.code).toBe(8)
  expect(ended.json.filter(({ code }) => code === 'UnsafeKey')).toHaveLength(bad.length)
  expect(readdirSync(bench.path('target')).sort()).toEqual(['good.txt', 'link'])
  expect(readdirSync(bench.path('outside'))).toEqual([])
})

test('of two keys that would be a file and its folder, one is had, and the other is refused by its name', async () => {
  for (const key of ['f', 'f/under', 'g/under', 'g']) await bench.run('cp', 'a.txt', `oss://my-bucket/nested/${key}`)
  const ended = await bench.run('cp', '-r', '--json', 'oss://my-bucket/nested/', 'nested')
  expect(ended.code).toBe(8)
  expect(ended.json.at(-1)).toMatchObject({ done: 2, failed: 2 })
  expect(ended.json.filter(({ code }) => code === 'UnsafeKey')).toHaveLength(2)
})

test('mv deletes the source when the copy is there, and not before', async () => {
  writeFileSync(bench.path('moving.txt'), 'moving')
  expect((await bench.run('mv', 'moving.txt', 'oss://my-bucket/moved/')).code).toBe(0)
  expect(existsSync(bench.path('moving.txt'))).toBe(false)
  expect((await bench.run('mv', 'oss://my-bucket/moved/moving.txt', 'oss://my-bucket/moved/again.txt')).code).toBe(0)
  expect((await bench.run('stat', 'oss://my-bucket/moved/moving.txt')).code).toBe(3)
  expect((await bench.run('mv', 'oss://my-bucket/moved/again.txt', 'a.txt')).code).toBe(9)
  expect((await bench.run('mv', 'oss://my-bucket/moved/again.txt', 'back.txt')).code).toBe(0)
  expect(read('back.txt')).toBe('moving')
  expect((await bench.run('stat', 'oss://my-bucket/moved/again.txt')).code).toBe(3)
})

test('rm deletes what it is told, and no bucket by a slip', async () => {
  for (const name of ['rm/a', 'rm/b', 'rmx']) await bench.run('cp', '-f', 'a.txt', `oss://my-bucket/${name}`)
  expect(await bench.run('rm', 'oss://my-bucket/')).toMatchObject({ code: 2 })
  expect(await bench.run('rm', '-r', 'oss://my-bucket/')).toMatchObject({ code: 2 })
  expect((await bench.run('rm', 'oss://my-bucket/none')).code).toBe(3)
  const nothing = await bench.run('rm', '-f', '--json', 'oss://my-bucket/none')
  expect(nothing).toMatchObject({ code: 0, json: [{ type: 'skipped', why: 'it is not there' }] })
  expect((await bench.run('rm', '-r', '--dry-run', 'oss://my-bucket/rm')).stdout).toContain(
    'would delete oss://my-bucket/rm/a',
  )
  const unasked = await bench.run('rm', '-r', 'oss://my-bucket/rm')
  expect(unasked).toMatchObject({ code: 2, stdout: '' })
  expect(unasked.stderr).toContain('--yes')
  expect((await bench.run('rm', '-r', '--yes', 'oss://my-bucket/rm')).stdout).toContain('2 objects deleted')
  expect((await bench.run('ls', 'oss://my-bucket/rm', '--json')).json).toMatchObject([{ type: 'object', key: 'rmx' }])
})

test('folders are made for a download, and an impossible one is said', async () => {
  await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/deep/a.txt')
  expect((await bench.run('cp', '-r', 'oss://my-bucket/deep/', 'new/one/two')).code).toBe(0)
  expect(read('new/one/two/a.txt')).toBe('hello\n')
  const below = await bench.run('cp', '-r', '-f', 'oss://my-bucket/deep/', 'a.txt/below')
  expect(below).toMatchObject({ code: 1 })
  expect(below.stderr).toContain('ENOTDIR')
})

test.runIf(existsSync('/proc/self'))('a download into a folder that takes no folders ends', async () => {
  await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/deep/a.txt')
  const ended = await bench.run('cp', '-r', 'oss://my-bucket/deep/', '/proc/nope/below')
  expect(ended.code).not.toBe(0)
  expect(ended.stderr).toContain('ENOENT')
})

test.each(['https://', 'ftp://host', 'a host'])('an endpoint that is no address is said: %s', async (endpoint) => {
  const ended = await bench.run('ls', 'oss://my-bucket/', '--endpoint', endpoint)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain('is no address')
})
