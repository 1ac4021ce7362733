import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keyPattern } from '../src/key-pattern.js'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

describe('keyPattern', () => {
  const patternOf = (key: string) => keyPattern({ kind: 'oss', bucket: 'b', key })
  test.each([
    [
      'logs/2026-*.gz',
      ['logs/2026-01.gz', 'logs/2026-.gz'],
      ['logs/2026-01/a.gz', 'logs/2025-01.gz', 'logs/2026-01.gz2'],
    ],
    ['logs/**/a', ['logs/x/a', 'logs/x/y/a'], ['logs/a', 'logs/x/ab']],
    ['*', ['a', 'a.b', '.hidden'], ['a/b']],
    ['**', ['a', 'a/b/c'], []],
    ['a(b)[c]?.{d}|^$*', ['a(b)[c]?.{d}|^$', 'a(b)[c]?.{d}|^$x'], ['ab', 'abc']],
    ['*/x', ['a/x'], ['x', 'a/b/x']],
    ['new*', ['new\nline'], []],
  ])('%s', (key, like, unlike) => {
    const pattern = patternOf(key)
    for (const each of like) expect(pattern?.matches(each)).toBe(true)
    for (const each of unlike) expect(pattern?.matches(each)).toBe(false)
    for (const each of like) expect(each.startsWith(pattern?.prefix.key ?? '?')).toBe(true)
  })

  test('says what all begin with, and in which folder they are', () => {
    expect(patternOf('logs/2026-*.gz')).toMatchObject({ prefix: { key: 'logs/2026-' }, folder: { key: 'logs/' } })
    expect(patternOf('a*')).toMatchObject({ prefix: { key: 'a' }, folder: { key: '' }, isFlat: true, isDeep: false })
    expect(patternOf('a/*/b')).toMatchObject({ isFlat: false, isDeep: false })
    expect(patternOf('a/**')).toMatchObject({ isFlat: false, isDeep: true })
    expect(patternOf('a?[b]')).toBeUndefined()
    expect(keyPattern({ kind: 'file', path: 'a*' })).toBeUndefined()
  })
})

let bench: Bench
let store: OSS
const KEYS = ['logs/2026-01.gz', 'logs/2026-02.gz', 'logs/2025-12.gz', 'logs/2026-old/2026-00.gz']
beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
  mkdirSync(bench.path('tree/logs/2026-old'), { recursive: true })
  for (const key of KEYS) writeFileSync(bench.path(`tree/${key}`), key)
  expect((await bench.run('cp', '-r', 'tree', 'oss://my-bucket/')).code).toBe(0)
})
afterAll(() => bench.close())

const lastJson = async (...args: string[]) => {
  const { code, json } = await bench.run('--json', ...args)
  return { code, ...json.at(-1) }
}

test('cp takes what is like a key with * in it, each with its name below the folder', async () => {
  const flat = await bench.run('cp', 'oss://my-bucket/logs/2026-*.gz', 'flat')
  expect(flat.code).toBe(0)
  expect(readdirSync(bench.path('flat')).sort()).toEqual(['2026-01.gz', '2026-02.gz'])
  expect(readFileSync(bench.path('flat/2026-01.gz'), 'utf8')).toBe('logs/2026-01.gz')
  expect(await lastJson('cp', 'oss://my-bucket/logs/**.gz', 'deep', '--exclude', '2025*')).toMatchObject({ done: 3 })
  expect(readFileSync(bench.path('deep/2026-old/2026-00.gz'), 'utf8')).toBe('logs/2026-old/2026-00.gz')
  expect(await lastJson('cp', 'oss://my-bucket/logs/2026-*.gz', 'oss://my-bucket/copies/')).toMatchObject({ done: 2 })
  const nothing = await bench.run('cp', 'oss://my-bucket/logs/1999-*', 'nothing')
  expect(nothing.code).toBe(3)
  expect(nothing.stderr).toContain('there is nothing like oss://my-bucket/logs/1999-*')
  expect(existsSync(bench.path('nothing'))).toBe(false)
})

test('several sources, some of them with wildcards', async () => {
  const several = await lastJson('cp', 'oss://my-bucket/logs/2025-12.gz', 'oss://my-bucket/logs/2026-0*', 'several')
  expect(several).toMatchObject({ code: 0, done: 3 })
  expect(readdirSync(bench.path('several')).sort()).toEqual(['2025-12.gz', '2026-01.gz', '2026-02.gz'])
})

test('targets, -r and sync take no wildcards, and say what does', async () => {
  for (const args of [
    ['cp', 'tree/logs/2025-12.gz', 'oss://my-bucket/a*'],
    ['cp', '-r', 'oss://my-bucket/logs*/', 'x'],
    ['rm', '-r', '--yes', 'oss://my-bucket/logs*'],
    ['sync', 'oss://my-bucket/logs*/', 'x'],
    ['ls', '-r', 'oss://my-bucket/logs*'],
  ]) {
    const ended = await bench.run(...args)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('**')
  }
  expect(existsSync(bench.path('x'))).toBe(false)
})

test('ls, cat, stat and verify take them, too', async () => {
  expect((await bench.run('ls', '--stored', 'oss://my-bucket/logs/2026-*')).stdout.match(/logs\/\S+$/gm)).toEqual([
    'logs/2026-old/',
    'logs/2026-01.gz',
    'logs/2026-02.gz',
  ])
  expect((await bench.run('ls', '--stored', 'oss://my-bucket/logs/*/*.gz')).stdout).toMatch(/2026-00\.gz\n$/)
  expect((await bench.run('ls', 'oss://my-bucket/logs/x*')).code).toBe(3)
  expect((await bench.run('cat', 'oss://my-bucket/logs/2026-*.gz')).stdout).toBe('logs/2026-01.gzlogs/2026-02.gz')
  expect((await bench.run('stat', 'oss://my-bucket/logs/2026-*.gz', '--json')).json).toHaveLength(2)
  expect((await bench.run('verify', 'oss://my-bucket/logs/**')).stdout).toContain('4 objects intact')
  expect((await bench.run('verify', 'oss://my-bucket/none*')).code).toBe(3)
  expect((await bench.run('cat', '--range', '0-1', 'oss://my-bucket/logs/2026-*.gz')).code).toBe(2)
})

test('rm deletes what is like a pattern once that was confirmed, and a key with * in it with --literal', async () => {
  for (const key of ['del/a*b', 'del/axb', 'del/ayb', 'del/sub/azb']) await store.put(key, Buffer.from('x'))
  const left = async () => {
    const { objects = [] } = (await store.listV2({ prefix: 'del/', 'max-keys': '100' }, {})) as unknown as {
      objects?: { name: string }[]
    }
    return objects.map(({ name }) => name)
  }
  expect((await bench.run('rm', 'oss://my-bucket/del/a*b')).code).toBe(2)
  expect(await left()).toHaveLength(4)
  expect((await bench.run('rm', '--dry-run', 'oss://my-bucket/del/a*b')).stdout).toContain('3 objects to delete')
  expect((await bench.run('rm', '--literal', 'oss://my-bucket/del/a*b')).code).toBe(0)
  expect(await left()).toEqual(['del/axb', 'del/ayb', 'del/sub/azb'])
  expect(await lastJson('rm', '--yes', 'oss://my-bucket/del/a*b')).toMatchObject({ code: 0, done: 2 })
  expect(await left()).toEqual(['del/sub/azb'])
})

test('a file with * in its name is stored, read and deleted under that name', async () => {
  writeFileSync(bench.path('star*name'), 'star')
  expect((await bench.run('cp', 'star*name', 'oss://my-bucket/star/')).code).toBe(0)
  expect((await bench.run('cat', '--literal', 'oss://my-bucket/star/star*name')).stdout).toBe('star')
  expect((await bench.run('cp', '--literal', 'star*name', 'oss://my-bucket/star/other*')).code).toBe(0)
  expect((await bench.run('rm', '--literal', 'oss://my-bucket/star/star*name')).code).toBe(0)
  expect((await bench.run('cat', 'oss://my-bucket/star/*')).stdout).toBe('star')
})

test('mv with a pattern deletes what it has moved, and nothing else', async () => {
  for (const name of ['one', 'two', 'other'])
    await bench.run('cp', 'tree/logs/2025-12.gz', `oss://my-bucket/mv/${name}`)
  expect(await lastJson('mv', 'oss://my-bucket/mv/*o*e', 'oss://my-bucket/moved/')).toMatchObject({ code: 0, done: 1 })
  expect((await bench.run('ls', '--stored', 'oss://my-bucket/mv/')).stdout.match(/mv\/\S+$/gm)).toEqual([
    'mv/other',
    'mv/two',
  ])
  expect((await bench.run('cat', 'oss://my-bucket/moved/one')).code).toBe(0)
})

test('a key that no request can be for is refused by its name, whoever names it', async () => {
  writeFileSync(bench.path('names'), '../x\n')
  for (const args of [
    ['stat', 'oss://my-bucket/../x'],
    ['cat', 'oss://my-bucket/../x'],
    ['inspect', 'oss://my-bucket/../x'],
    ['cp', 'oss://my-bucket/../x', 'x'],
    ['cp', 'names', 'oss://my-bucket/../x'],
    ['cp', '-r', '--files-from', 'names', 'oss://my-bucket/', 'x'],
  ]) {
    const { code, stderr } = await bench.run(...args)
    expect({
      args,
      code,
      says: stderr.includes('oss://my-bucket/../x'),
      is: stderr.includes('UnreachableKey'),
    }).toEqual({
      args,
      code: 9,
      says: true,
      is: true,
    })
  }
})

test('what is no file is not moved', async () => {
  const { code, stderr } = await bench.run('mv', '/dev/null', 'oss://my-bucket/null')
  expect({ code, said: stderr.includes('use cp') }).toEqual({ code: 2, said: true })
  expect((await bench.run('stat', 'oss://my-bucket/null')).code).toBe(3)
})
