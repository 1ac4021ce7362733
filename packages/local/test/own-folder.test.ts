import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { LocalCloudError, startLocalCloud } from '../src/index.js'

const root = mkdtempSync(join(tmpdir(), 'osscrypt-local-test-'))
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

let count = 0
let folder = ''
beforeEach(() => {
  folder = join(root, String((count += 1)))
})

const start = (path: string): Promise<unknown> =>
  startLocalCloud({ folder: path }).then(
    (cloud) => cloud.close(),
    (error: unknown) => error,
  )

/** A folder that another user owns: root's own when this is an ordinary user, an unknown user's when this is root. */
function foreignFolder(): string {
  if (process.getuid?.() !== 0) return '/'
  mkdirSync(folder, { mode: 0o700 })
  chownSync(folder, 54_321, 54_321)
  return folder
}

describe.runIf(process.getuid !== undefined)('the folder of a cloud', () => {
  test('is not taken from another user', async () => {
    const foreign = foreignFolder()
    const before = readdirSync(foreign)
    const error = await start(foreign)
    expect(error).toBeInstanceOf(LocalCloudError)
    expect(error).toMatchObject({ code: 'FOLDER_NOT_OWN', message: expect.stringContaining('belongs to') as string })
    expect(readdirSync(foreign)).toEqual(before)
  })

  test('is not reached through a link to that of another user', async () => {
    const link = join(root, `link-${String(count)}`)
    symlinkSync(foreignFolder(), link)
    expect(await start(link)).toMatchObject({ code: 'FOLDER_NOT_OWN' })
  })

  test.each([0o720, 0o702, 0o777, 0o1777])('with mode %o and keys in it is not believed', async (mode) => {
    await start(folder)
    chmodSync(folder, mode)
    const error = await start(folder)
    expect(error).toMatchObject({ code: 'FOLDER_NOT_OWN', message: expect.stringContaining('chmod 700') as string })
    chmodSync(folder, 0o700)
    expect(await start(folder)).toBeUndefined()
  })

  test.each(['credentials.json', 'kms'])('is not believed when others could have put %s there', async (name) => {
    mkdirSync(folder)
    if (name === 'kms') mkdirSync(join(folder, name))
    else writeFileSync(join(folder, name), '{"accessKeyId":"theirs","accessKeySecret":"theirs"}')
    chmodSync(folder, 0o777)
    expect(await start(folder)).toMatchObject({ code: 'FOLDER_NOT_OWN' })
  })

  test.each([
    ['a new one', undefined],
    ['one that others may write, without a cloud in it', 0o777],
    ['one that others may only read', 0o755],
  ])('is taken, and closed to others: %s', async (_, mode) => {
    if (mode === 0o755) await start(folder)
    if (mode === 0o777) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'local.log'), '')
    }
    if (mode !== undefined) chmodSync(folder, mode)
    expect(await start(folder)).toBeUndefined()
    expect(statSync(folder).mode & 0o7777).toBe(0o700)
  })
})
