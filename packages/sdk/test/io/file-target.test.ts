import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { openFileTarget } from '../../src/io/file-target.js'
import { rejection } from '../support/rejection.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  return () => rm(folder, { recursive: true })
})
const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

test('a file has its name when it is committed, and not before', async () => {
  const path = join(folder, 'target')
  const target = await openFileTarget(path)
  const file = target.writeFrom(0)
  await file.append(Buffer.from('half '))
  const [temporary, ...others] = await readdir(folder)
  expect(others).toEqual([])
  expect(temporary).toMatch(/^\.target\..+\.part$/)
  // Nobody else reads what is not known to be right.
  expect(await mode(join(folder, temporary!))).toBe(0o600)
  await file.append(Buffer.from('done'))
  await target.commit()
  await target.dispose()
  expect(await readdir(folder)).toEqual(['target'])
  expect(await readFile(path, 'utf8')).toBe('half done')
  await writeFile(join(folder, 'other'), '')
  expect(await mode(path)).toBe(await mode(join(folder, 'other')))
})

test('several write at a time, each its own stretch', async () => {
  const path = join(folder, 'target')
  const target = await openFileTarget(path)
  const [end, start] = [target.writeFrom(600_005), target.writeFrom(0)]
  for (let index = 0; index < 10; index += 1) {
    await end.append(Buffer.alloc(60_000, 'e'))
    await start.append(Buffer.alloc(60_000, 's'))
  }
  await start.append(Buffer.from('start'))
  await target.commit()
  const content = await readFile(path)
  expect(
    content.equals(Buffer.concat([Buffer.alloc(600_000, 's'), Buffer.from('start'), Buffer.alloc(600_000, 'e')])),
  ).toBe(true)
})

test('what was there stays until then, and altogether when it is given up', async () => {
  const path = join(folder, 'target')
  await writeFile(path, 'before')
  const target = await openFileTarget(path)
  await target.writeFrom(0).append(Buffer.from('after'))
  expect(await readFile(path, 'utf8')).toBe('before')
  await target.dispose()
  await target.dispose()
  expect(await readdir(folder)).toEqual(['target'])
  expect(await readFile(path, 'utf8')).toBe('before')
})

test.each([0o600, 0o640, 0o444, 0o755])('the mode of what is replaced is kept: %o', async (wanted) => {
  const path = join(folder, 'target')
  await writeFile(path, 'before')
  await chmod(path, wanted)
  const target = await openFileTarget(path)
  await target.commit()
  expect(await mode(path)).toBe(wanted)
  expect(await readFile(path, 'utf8')).toBe('')
})

test('a symbolic link stays one', async () => {
  await mkdir(join(folder, 'real'))
  await writeFile(join(folder, 'real', 'target'), 'before')
  await symlink(join('real', 'target'), join(folder, 'link'))
  const target = await openFileTarget(join(folder, 'link'))
  await target.writeFrom(0).append(Buffer.from('after'))
  await target.commit()
  expect((await readdir(folder)).sort()).toEqual(['link', 'real'])
  expect(await readdir(join(folder, 'real'))).toEqual(['target'])
  expect(await readFile(join(folder, 'real', 'target'), 'utf8')).toBe('after')
})

describe('names as long as a file system takes', () => {
  test.each(['x'.repeat(255), '密'.repeat(85), '🔑'.repeat(63), `a${'🔑'.repeat(60)}`])('%s', async (name) => {
    const target = await openFileTarget(join(folder, name))
    const [temporary] = await readdir(folder)
    expect(temporary).not.toContain('\ufffd')
    await target.commit()
    expect(await readdir(folder)).toEqual([name])
  })
})

test('what is no file, or nowhere', async () => {
  expect(await rejection(openFileTarget(folder))).toBeInstanceOf(TypeError)
  expect(await rejection(openFileTarget('/dev/null'))).toBeInstanceOf(TypeError)
  expect(await rejection(openFileTarget(join(folder, 'missing', 'target')))).toMatchObject({ code: 'ENOENT' })
  expect(await readdir(folder)).toEqual([])
})
