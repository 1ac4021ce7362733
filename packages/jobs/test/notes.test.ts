import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openNotes } from 'osscrypt-jobs'

let folder: string
let good: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osscrypt-jobs-test-'))
  good = join(folder, 'good')
  const notes = await openNotes<string>(good)
  for (let index = 0; index < 5000; index++) notes.put(`key ${String(index)}`, 'x'.repeat(100))
  await notes.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('what was written is there when it is opened again', async () => {
  const notes = await openNotes<string>(good)
  expect(notes.get('key 4999')).toBe('x'.repeat(100))
  await notes.close()
})

test.each([
  ['zeros', (path: string) => writeFile(path, Buffer.alloc(100_000))],
  ['a text', (path: string) => writeFile(path, 'not a database\n'.repeat(1000))],
  ['a few bytes', (path: string) => writeFile(path, 'x')],
  ['one page', (path: string) => truncate(path, 4096)],
  ['two pages', (path: string) => truncate(path, 8192)],
  ['a half', async (path: string) => truncate(path, Math.floor((await readFile(path)).length / 2))],
])('%s in place of a database are refused, and do not end the process', async (name, damage) => {
  const path = join(folder, name)
  await writeFile(path, await readFile(good))
  await damage(path)
  await expect(openNotes(path)).rejects.toMatchObject({ code: 'JobDamaged' })
})

test('an empty file is a database in which there is nothing', async () => {
  const path = join(folder, 'empty')
  await writeFile(path, '')
  const notes = await openNotes<string>(path)
  notes.put('key', 'value')
  expect(notes.get('key')).toBe('value')
  await notes.close()
})

test('notes that are damaged within say so when they are closed, and end nothing', async () => {
  const path = join(folder, 'damaged')
  const bytes = await readFile(good)
  bytes.fill(0, 2 * 4096)
  await writeFile(path, bytes)
  const notes = await openNotes<string>(path)
  expect(notes.get('key 7')).toBeUndefined()
  notes.put('key 7', 'value')
  expect(await notes.close()).toBe(false)
})
