import { execFileSync } from 'node:child_process'
import { closeSync, openSync, unlinkSync, type Stats } from 'node:fs'
import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openFileTarget } from '../../src/io/file-target.js'
import { rejection } from '../support/rejection.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  return async () => {
    vi.restoreAllMocks()
    await rm(folder, { recursive: true })
  }
})
const isRoot = process.geteuid?.() === 0
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

test.each([
  ['beside it', 'target'],
  ['elsewhere', 'real/target'],
  ['by way of another', 'second'],
])('a symbolic link to what is not there yet stays one: %s', async (_where, to) => {
  await mkdir(join(folder, 'real'))
  await symlink('real/target', join(folder, 'second'))
  await symlink(to, join(folder, 'link'))
  const target = await openFileTarget(join(folder, 'link'))
  await target.writeFrom(0).append(Buffer.from('after'))
  await target.commit()
  expect(await readlink(join(folder, 'link'))).toBe(to)
  expect(await readlink(join(folder, 'second'))).toBe('real/target')
  expect(await readFile(join(folder, 'link'), 'utf8')).toBe('after')
  expect((await lstat(join(folder, to === 'target' ? to : 'real/target'))).isFile()).toBe(true)
})

test('a symbolic link into a folder that is not there is the file system’s error', async () => {
  await symlink('nowhere/target', join(folder, 'link'))
  expect((await rejection(openFileTarget(join(folder, 'link')))).code).toBe('ENOENT')
  expect(await readdir(folder)).toEqual(['link'])
})

test('what is no file, whatever leads there, is not replaced', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await symlink('pipe', join(folder, 'link-to-pipe'))
  await symlink('/dev/null', join(folder, 'link-to-device'))
  // As /dev/stdout: a link to what has no name.
  const read = openSync(join(folder, 'link-to-device'), 'r')
  const nameless = openSync(join(folder, 'open'), 'w')
  unlinkSync(join(folder, 'open'))
  await symlink(`/proc/${process.pid}/fd/${read}`, join(folder, 'link-to-open-device'))
  await symlink(`/proc/${process.pid}/fd/${nameless}`, join(folder, 'link-to-nameless'))
  const before = (await readdir(folder)).sort()
  for (const name of before) {
    expect(await rejection(openFileTarget(join(folder, name))), name).toBeInstanceOf(TypeError)
  }
  expect((await readdir(folder)).sort()).toEqual(before)
  closeSync(read)
  closeSync(nameless)
})

test('an open pipe without a name is not replaced', () => {
  // As root, with stdout a pipe, /dev/stdout itself would be replaced.
  const link = join(folder, 'stdout')
  execFileSync('ln', ['-s', '/dev/stdout', link])
  const program = `
    const { openFileTarget } = await import(process.argv[1])
    await openFileTarget(process.argv[2]).then(() => console.log('opened'), (error) => console.log(error.name))`
  const module = new URL('../../dist/io/file-target.js', import.meta.url).href
  const said = execFileSync('sh', [
    '-c',
    '"$@" | cat',
    'sh',
    process.execPath,
    '-e',
    program,
    '--input-type=module',
    module,
    link,
  ])
  expect(said.toString().trim()).toBe('TypeError')
})

test.each(['link', 'file'])('a %s in the place of what is written is neither made readable nor used', async (kind) => {
  const path = join(folder, 'target')
  const precious = join(folder, 'precious')
  await writeFile(precious, 'secret', { mode: 0o600 })
  const target = await openFileTarget(path)
  await target.writeFrom(0).append(Buffer.from('after'))
  const temporary = join(
    folder,
    (await readdir(folder)).find((name) => name.endsWith('.part'))!,
  )
  await rm(temporary)
  if (kind === 'link') await symlink(precious, temporary)
  else await writeFile(temporary, 'planted', { mode: 0o600 })
  expect((await rejection(target.commit())).code).toBe('UntrustedFile')
  await target.dispose()
  expect(await mode(precious)).toBe(0o600)
  expect(await readdir(folder)).toEqual(['precious'])
})

describe('who may read a file', () => {
  test('stays who could read the one that is replaced, its group included', async () => {
    const path = join(folder, 'target')
    await writeFile(path, 'before')
    // Only root can give a file to a group that it is not in.
    const group = isRoot ? 54_321 : process.getgroups!().at(-1)!
    await chown(path, -1, group)
    await chmod(path, 0o640)
    const target = await openFileTarget(path)
    await target.writeFrom(0).append(Buffer.from('after'))
    await target.commit()
    expect(await stat(path)).toMatchObject({ gid: group, mode: 0o100640 })
  })

  test('is nobody of another group, where the group cannot be kept', async () => {
    const path = join(folder, 'target')
    await writeFile(path, 'before')
    await chmod(path, 0o660)
    const target = await openFileTarget(path)
    const probe = await open(join(folder, 'probe'), 'w')
    const prototype = Object.getPrototypeOf(probe) as typeof probe
    await probe.close()
    const look = prototype.stat as (this: typeof probe) => Promise<Stats>
    vi.spyOn(prototype, 'chown').mockRejectedValue(Object.assign(new Error('not permitted'), { code: 'EPERM' }))
    vi.spyOn(prototype, 'stat').mockImplementation(async function (this: typeof probe) {
      const stats = await look.call(this)
      return Object.assign(stats, { gid: stats.gid + 1 })
    })
    await target.commit()
    expect(await mode(path)).toBe(0o600)
  })
})

test.each(['file', 'link'])('a %s of another user in a folder where everybody may write is not used', async (kind) => {
  // Who is not root takes another user's name, and the system's folder.
  const shared = isRoot ? folder : tmpdir()
  if (isRoot) await chmod(folder, 0o1777)
  const path = join(shared, `osscrypt-sdk-test-trap-${process.pid}`)
  await writeFile(join(folder, 'precious'), 'before')
  if (kind === 'link') await symlink(join(folder, 'precious'), path)
  else await writeFile(path, 'before', { mode: 0o666 })
  try {
    if (isRoot) await lchown(path, 65_534, 65_534)
    else vi.spyOn(process as Required<NodeJS.Process>, 'geteuid').mockReturnValue(65_534)
    expect((await rejection(openFileTarget(path))).code).toBe('UntrustedFile')
    expect(await readFile(path, 'utf8')).toBe('before')
  } finally {
    await rm(path)
  }
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

test('a file that is not to be replaced stays, also one that comes meanwhile', async () => {
  const path = join(folder, 'theirs')
  const target = await openFileTarget(path, { replace: false })
  await target.writeFrom(0).append(Buffer.from('mine'))
  await writeFile(path, 'theirs')
  expect(await rejection(target.commit())).toMatchObject({ code: 'EEXIST' })
  await target.dispose()
  expect(await rejection(openFileTarget(path, { replace: false }))).toMatchObject({ code: 'EEXIST' })
  expect(await readFile(path, 'utf8')).toBe('theirs')
  const free = await openFileTarget(join(folder, 'free'), { replace: false })
  await free.writeFrom(0).append(Buffer.from('mine'))
  await free.commit()
  expect((await readdir(folder)).sort()).toEqual(['free', 'theirs'])
})
