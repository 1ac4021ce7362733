import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { KeyTree } from '../src/terminal/key-tree.js'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('a'), Buffer.alloc(1536))
  for (const key of ['2025/a', '2026/01/a', '2026/01/b', '2026/readme', 'top'])
    await bench.run('cp', 'a', `oss://my-bucket/${key}`)
  await bench.run('cp', 'a', 'oss://my-bucket/2026/floe', '--format', 'floe')
})
afterAll(() => bench.close())

test('ls shows lengths as people read them, and a total', async () => {
  const human = await bench.run('ls', '-rH', '--total', 'oss://my-bucket/2026/')
  expect(human.code).toBe(0)
  expect(human.stdout).toMatch(/ 1\.5 KiB {2}2026\/01\/a$/m)
  expect(human.stdout).toMatch(/\n4 objects, 6\.0 KiB, 6\.1 KiB as OSS holds them\n$/)
  const flat = await bench.run('ls', '--total', '--json', 'oss://my-bucket/2026/')
  expect(flat.json.at(-1)).toEqual({
    type: 'total',
    objects: 2,
    prefixes: 1,
    length: 3072,
    storedLength: 3072 + 106,
    unknown: 0,
  })
  expect((await bench.run('ls', 'oss://my-bucket/2026/')).stdout).not.toContain('as OSS holds')
})

test('tree draws folders with what is in them', async () => {
  const { code, stdout } = await bench.run('tree', 'oss://my-bucket/')
  expect(code).toBe(0)
  expect(stdout).toBe(
    [
      'oss://my-bucket/',
      '├── 2025/  1 object, 1.5 KiB',
      '│   └── a  1.5 KiB',
      '├── 2026/  4 objects, 6.1 KiB',
      '│   ├── 01/  2 objects, 3.0 KiB',
      '│   │   ├── a  1.5 KiB',
      '│   │   └── b  1.5 KiB',
      '│   ├── floe  1.6 KiB',
      '│   └── readme  1.5 KiB',
      '└── top  1.5 KiB',
      '3 folders, 6 objects, 9.1 KiB',
      '',
    ].join('\n'),
  )
  const folders = await bench.run('tree', '--depth', '1', '--folders', 'oss://my-bucket/')
  expect(folders.stdout).toBe(
    'oss://my-bucket/\n├── 2025/  1 object, 1.5 KiB\n└── 2026/  4 objects, 6.1 KiB\n2 folders, 6 objects, 9.1 KiB\n',
  )
  expect((await bench.run('tree', '--json', 'oss://my-bucket/2026')).json).toMatchObject([
    { type: 'tree', prefix: 'oss://my-bucket/2026/' },
    { type: 'folder', key: '2026/01/', objects: 2, bytes: 3072 },
    { type: 'object', key: '2026/01/a', bytes: 1536 },
    { type: 'object', key: '2026/01/b' },
    { type: 'object', key: '2026/floe' },
    { type: 'object', key: '2026/readme' },
    { type: 'total', folders: 1, objects: 4 },
  ])
  expect((await bench.run('tree', 'oss://my-bucket/none')).code).toBe(3)
  expect((await bench.run('tree', '--exclude', '2026', 'oss://my-bucket/')).stdout).toContain('1 folder, 2 objects')
})

test('a folder that is also an object, and one in which there is nothing', () => {
  const keys = new KeyTree({ depth: Infinity, foldersOnly: false })
  for (const [name, bytes] of [
    ['a', 1],
    ['a/', 0],
    ['a/b', 2],
    ['empty/', 0],
    ['odd//x', 3],
  ] as const)
    keys.add(name, bytes)
  expect([...keys.lines()].map(({ name }) => name)).toEqual(['a/', 'a/b', 'empty/', 'odd/', 'odd//', 'odd//x', 'a'])
  expect(keys.total).toEqual({ folders: 4, objects: 3, bytes: 6 })
})
