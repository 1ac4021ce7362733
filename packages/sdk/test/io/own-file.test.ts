import { execFileSync } from 'node:child_process'
import { chmod, chown, link, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { openOrMakeOwnFile, openOwnFile, readOwnFile } from '../../src/io/own-file.js'
import { rejection, within } from '../support/rejection.js'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  path = join(folder, 'file')
  return () => rm(folder, { recursive: true })
})

/** A file of another user. Who is not root cannot give one away, but root has some. */
async function foreignFile(): Promise<string> {
  if (process.geteuid?.() !== 0) return '/etc/passwd'
  await writeFile(path, 'text')
  await chown(path, 65_534, 65_534)
  return path
}

/** Things that are put where a file of ours is expected. */
const planted: readonly (readonly [string, () => Promise<string>])[] = [
  ['a link to a file', async () => (await writeFile(join(folder, 'real'), 'text'), await symlink('real', path), path)],
  ['a link to nothing', async () => (await symlink('nothing', path), path)],
  ['a pipe', async () => (execFileSync('mkfifo', [path]), Promise.resolve(path))],
  ['a link to a device', async () => (await symlink('/dev/zero', path), path)],
  ['a device', () => Promise.resolve('/dev/zero')],
  ['a folder', () => Promise.resolve(folder)],
  ['a file that its group can write', async () => (await writeFile(path, 'text'), await chmod(path, 0o620), path)],
  ['a file that all can write', async () => (await writeFile(path, 'text'), await chmod(path, 0o602), path)],
]

describe.each<[string, (file: string) => Promise<unknown>]>([
  ['to read it', openOwnFile],
  ['to read and write it', openOrMakeOwnFile],
  ['to read its text', (file) => readOwnFile(file, 100)],
])('opening a file %s', (_title, open) => {
  test.each(planted)('is refused at once when it is %s', async (_what, plant) => {
    const error = await rejection(within(1000, open(await plant())))
    expect(error.code).toBe('UntrustedFile')
  })

  test("is refused when it is another user's", async () => {
    const file = await foreignFile()
    // Root's files are trusted, as root could do anything.
    if (file === path) expect((await rejection(open(file))).code).toBe('UntrustedFile')
    else expect(await readOwnFile(file, 1 << 20)).toContain('root')
  })

  test('is refused when it is a socket', async () => {
    const server = createServer().listen(path)
    await new Promise((resolve) => server.once('listening', resolve))
    expect((await rejection(open(path))).code).toBe('UntrustedFile')
    await new Promise((resolve) => server.close(resolve))
  })
})

test('a file that has another name is not written', async () => {
  await writeFile(join(folder, 'precious'), 'text', { mode: 0o600 })
  await link(join(folder, 'precious'), path)
  expect((await rejection(openOrMakeOwnFile(path))).code).toBe('UntrustedFile')
})

test('a file that is not there is made, or nothing', async () => {
  expect(await readOwnFile(path, 100)).toBeNull()
  const file = await openOrMakeOwnFile(path)
  expect((await file.stat()).mode & 0o777).toBe(0o600)
  await file.close()
  expect((await rejection(openOwnFile(join(folder, 'other')))).code).toBe('ENOENT')
})

test.each([0, 1, 99, 100])('a text of %i bytes is read', async (length) => {
  await writeFile(path, 'x'.repeat(length))
  expect(await readOwnFile(path, 100)).toBe('x'.repeat(length))
})

test('a longer one is not', async () => {
  await writeFile(path, 'x'.repeat(101))
  expect(await rejection(readOwnFile(path, 100))).toMatchObject({ name: 'FormatError', code: 'InvalidFormat' })
})

test('a link is followed where that is asked for, but not to anything', async () => {
  await writeFile(join(folder, 'real'), 'text')
  await symlink('real', path)
  expect(await readOwnFile(path, 100, { followLinks: true })).toBe('text')
  await chmod(join(folder, 'real'), 0o666)
  expect((await rejection(readOwnFile(path, 100, { followLinks: true }))).code).toBe('UntrustedFile')
  await rm(path)
  await symlink('/dev/zero', path)
  expect((await rejection(readOwnFile(path, 100, { followLinks: true }))).code).toBe('UntrustedFile')
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('text')
})
