import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import OSS from 'ali-oss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench

beforeAll(async () => {
  bench = await Bench.open()
  await mkdir(bench.path('files/below'), { recursive: true })
  for (const name of ['one', 'two', 'below/three']) await writeFile(bench.path(`files/${name}`), name)
})
afterAll(() => bench.close())

/** A sync with a state folder: its totals, and how often OSS was asked for one object. */
async function sync(...args: readonly string[]) {
  bench.cloud.clearRequests()
  const { json, code } = await bench.run('sync', '--json', '--state-folder', 'state', ...args)
  const heads = bench.cloud.requests.filter(({ operation }) => operation === 'HeadObject').length
  return { code, ...json.at(-1), heads }
}

const target = 'oss://my-bucket/noted'

test('with a state folder, OSS is asked for no object that it was asked for, or that was stored, before', async () => {
  expect(await sync('files', target)).toMatchObject({ code: 0, done: 3 })
  expect(await sync('files', target)).toMatchObject({ code: 0, done: 0, skipped: 3, heads: 0 })
  // What was noted on the way up is good on the way down.
  expect(await sync(target, 'down')).toMatchObject({ code: 0, done: 3 })
  expect(await sync(target, 'down')).toMatchObject({ code: 0, done: 0, skipped: 3, heads: 0 })
})

test('a file that was edited, to the same length, goes up; one that was not stays', async () => {
  await writeFile(bench.path('files/two'), 'TWO')
  expect(await sync('files', target)).toMatchObject({ code: 0, done: 1, skipped: 2, heads: 0 })
  expect(await sync('files', target)).toMatchObject({ code: 0, done: 0, skipped: 3, heads: 0 })
})

test('an object that somebody else replaced is asked for', async () => {
  await writeFile(bench.path('TWO'), 'twi')
  await utimes(bench.path('TWO'), 1_000_000_000, 1_000_000_000)
  expect((await bench.run('cp', '-f', 'TWO', `${target}/two`)).code).toBe(0)
  expect(await sync(target, 'down')).toMatchObject({ code: 0, done: 1, skipped: 2, heads: 1 })
  expect(await readFile(bench.path('down/two'), 'utf8')).toBe('twi')
  expect(await sync(target, 'down')).toMatchObject({ code: 0, done: 0, skipped: 3, heads: 0 })
})

test('an object that keeps no time is asked for once', async () => {
  await writeFile(bench.path('files/untimed'), 'untimed')
  expect(await sync('--no-preserve', 'files', target)).toMatchObject({ code: 0 })
  const store = new OSS(bench.cloud.ossOptions('my-bucket'))
  expect((await store.head('noted/untimed')).meta).not.toHaveProperty('mtime')
  expect(await sync('--dry-run', 'files', target)).toMatchObject({ heads: 0 })
})

test('what is refused, and a dry run, make no notes; a folder in their place is an error that says so', async () => {
  for (const args of [
    ['files', 'down'],
    ['--dry-run', 'files', target],
  ])
    await bench.run('sync', '--state-folder', 'none', ...args)
  expect(existsSync(bench.path('none'))).toBe(false)
  await mkdir(bench.path('odd/times.lmdb'), { recursive: true })
  const odd = await bench.run('sync', '--state-folder', 'odd', 'files', target)
  expect(odd.code).not.toBe(0)
  expect(odd.stderr).toContain('times.lmdb')
})

test('notes that are damaged are begun anew', async () => {
  await writeFile(bench.path('state/times.lmdb'), Buffer.alloc(100_000, 7))
  expect(await sync(target, 'down')).toMatchObject({ code: 0, failed: 0 })
  expect(await sync(target, 'down')).toMatchObject({ code: 0, done: 0, heads: 0 })
})

test('notes that are damaged within are begun anew, too', async () => {
  await mkdir(bench.path('many'))
  for (let at = 0; at < 60; at++) await writeFile(bench.path(`many/${'long'.repeat(8)}-${String(at)}`), String(at))
  expect(await sync('many', `${target}-many`)).toMatchObject({ code: 0, done: 60 })
  const path = bench.path('state/times.lmdb')
  const notes = await readFile(path)
  // Past LMDB's two meta pages, so that what is looked at beforehand is as it was.
  notes.fill(0, 2 * 4096)
  await writeFile(path, notes)
  expect(await sync('many', `${target}-many`)).toMatchObject({ code: 0, done: 0, failed: 0, heads: 60 })
  // What is found damaged is deleted at the end; the next one notes again.
  expect(await sync('many', `${target}-many`)).toMatchObject({ code: 0, done: 0, heads: 60 })
  expect(await sync('many', `${target}-many`)).toMatchObject({ code: 0, done: 0, heads: 0 })
})

test('notes are for their owner alone, and none are used that somebody else may have written', async () => {
  const path = bench.path('state/times.lmdb')
  for (const name of await readdir(bench.path('state')))
    expect((await stat(bench.path(`state/${name}`))).mode & 0o077).toBe(0)
  await chmod(path, 0o666)
  const refused = await bench.run('sync', '--state-folder', 'state', 'files', target)
  expect(refused.code).toBe(9)
  expect(refused.stderr).toContain('UntrustedFile')
  await chmod(path, 0o600)
  await rename(path, bench.path('elsewhere.lmdb'))
  await symlink(bench.path('elsewhere.lmdb'), path)
  expect((await bench.run('sync', '--state-folder', 'state', 'files', target)).stderr).toContain('UntrustedFile')
})
