import { execFileSync } from 'node:child_process'
import { chmod, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection, within } from '../support/rejection.js'

// Whoever can write to the folder that a checkpoint is kept in can put something else in its place.

const fixture = useCloud()
const checkpoint = (): string => join(fixture.folder, 'checkpoint')
let source = ''
beforeEach(async () => {
  source = join(fixture.folder, 'source')
  await writeFile(source, patternBytes(1000))
  await fixture.client().put('object', source)
  fixture.cloud.clearRequests()
})

const own = { kind: 'osscrypt upload checkpoint', version: 1 }
const planted: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a pipe', () => Promise.resolve(execFileSync('mkfifo', [checkpoint()]))],
  ['a link to an endless device', () => symlink('/dev/zero', checkpoint())],
  [
    'a link to a file',
    async () => {
      await writeFile(join(fixture.temporaryFolder, 'real'), JSON.stringify(own))
      await symlink(join(fixture.temporaryFolder, 'real'), checkpoint())
    },
  ],
  ['a link to nothing', () => symlink(join(fixture.folder, 'nothing'), checkpoint())],
  [
    'a file that others can write',
    async () => {
      await writeFile(checkpoint(), JSON.stringify(own))
      await chmod(checkpoint(), 0o666)
    },
  ],
]

describe.each<[string, () => Promise<unknown>]>([
  ['put', () => fixture.client().put('object', source, { checkpoint: checkpoint() })],
  ['get', () => fixture.client().get('object', join(fixture.folder, 'target'), { checkpoint: checkpoint() })],
])('%s', (_operation, run) => {
  test.each(planted)('refuses %s at once, and touches nothing', async (_what, plant) => {
    await plant()
    const before = await readdir(fixture.folder)
    expect((await rejection(within(2000, run()))).code).toBe('UntrustedFile')
    expect(fixture.operations()).toEqual([])
    expect(await readdir(fixture.folder)).toEqual(before)
  })
})
