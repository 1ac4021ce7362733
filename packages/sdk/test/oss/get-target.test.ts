import { execFileSync } from 'node:child_process'
import { lstat, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

// Where the file goes that an object is read into.

const fixture = useCloud()
const content = patternBytes(1000)
beforeAll(async () => {
  await fixture.client().put('object', content)
})

describe.each([false, true])('with a checkpoint: %s', (resumable) => {
  const options = () => (resumable ? { checkpoint: join(fixture.temporaryFolder, 'checkpoint') } : {})
  const get = (name: string) => within(3000, fixture.client().get('object', join(fixture.folder, name), options()))

  test('a link to nothing is followed', async () => {
    await symlink('real', join(fixture.folder, 'link'))
    await get('link')
    expect(await readlink(join(fixture.folder, 'link'))).toBe('real')
    expect(content.equals(await readFile(join(fixture.folder, 'real')))).toBe(true)
  })

  test('a pipe, a device, a folder and links to them are refused, and stay', async () => {
    execFileSync('mkfifo', [join(fixture.folder, 'pipe')])
    await symlink('pipe', join(fixture.folder, 'link'))
    await symlink('/dev/null', join(fixture.folder, 'device'))
    await symlink('.', join(fixture.folder, 'here'))
    const names = (await readdir(fixture.folder)).sort()
    const before = await Promise.all(names.map(async (name) => (await lstat(join(fixture.folder, name))).ino))
    for (const name of [...names, '.', '/dev/null'])
      expect(
        await rejection(name.startsWith('/') ? fixture.client().get('object', name, options()) : get(name)),
      ).toBeInstanceOf(TypeError)
    const after = await Promise.all(names.map(async (name) => (await lstat(join(fixture.folder, name))).ino))
    expect((await readdir(fixture.folder)).sort()).toEqual(names)
    expect(after).toEqual(before)
  })

  test('what is written is readable to its owner only until it is verified', async () => {
    const target = join(fixture.folder, 'target')
    await writeFile(target, 'before', { mode: 0o644 })
    const modes = new Set<number>()
    const look = async () => {
      for (const name of await readdir(fixture.folder)) {
        if (name.endsWith('.part')) modes.add((await lstat(join(fixture.folder, name))).mode & 0o777)
      }
    }
    const large = patternBytes(3_000_000)
    await fixture.client().put('large', large)
    const looking: Promise<void>[] = []
    await fixture.client().get('large', target, { ...options(), progress: () => looking.push(look()) })
    await Promise.all(looking)
    expect([...modes].filter((mode) => mode !== 0o600)).toEqual([])
    expect((await lstat(target)).mode & 0o777).toBe(0o644)
  })
})
