import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bench } from './command.js'

// Files on this machine that are not what they seem, or change.

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('a.txt'), 'hello\n')
  await bench.run('cp', 'a.txt', 'oss://my-bucket/a.txt')
  await bench.run('encrypt', 'a.txt', '-o', 'a.enc')
  execFileSync('mkfifo', [bench.path('pipe')])
  symlinkSync('pipe', bench.path('link-to-pipe'))
  symlinkSync('/dev/null', bench.path('link-to-device'))
})
afterAll(() => bench.close())

const requested = (operation: string) => bench.cloud.requests.some((request) => request.operation === operation)
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}

describe('mv', () => {
  test.each(['one', 'with others'])('does not delete a file that changed after it was read: %s', async (how) => {
    mkdirSync(bench.path('moving'), { recursive: true })
    writeFileSync(bench.path('moving/file'), 'before')
    if (how !== 'one') writeFileSync(bench.path('moving/other'), 'other')
    bench.cloud.clearRequests()
    bench.cloud.faults.add({
      service: 'oss',
      operation: 'PutObject',
      effect: { kind: 'delay', delayMs: 2000 },
      times: 2,
    })
    const args =
      how === 'one' ? ['moving/file', 'oss://my-bucket/moved/file'] : ['-r', '-f', 'moving', 'oss://my-bucket/moved/']
    const { ended } = bench.start(['mv', ...args])
    await until(() => requested('GenerateDataKey'))
    writeFileSync(bench.path('moving/file'), 'behind')
    const { code, stderr } = await ended
    expect({ code, stderr }).toMatchObject({
      code: how === 'one' ? 1 : 8,
      stderr: expect.stringContaining('changed') as string,
    })
    expect(readFileSync(bench.path('moving/file'), 'utf8')).toBe('behind')
    expect(existsSync(bench.path('moving/other'))).toBe(false)
    bench.cloud.faults.clear()
  })

  test('does not delete an object that was replaced after it was read', async () => {
    await bench.run('cp', '-f', 'a.txt', 'oss://my-bucket/replaced')
    writeFileSync(bench.path('newer.txt'), 'newer\n')
    bench.cloud.clearRequests()
    bench.cloud.faults.add({ service: 'kms', operation: 'Decrypt', effect: { kind: 'delay', delayMs: 5000 } })
    const { ended } = bench.start(['mv', 'oss://my-bucket/replaced', 'replaced.txt'])
    await until(() => requested('GetObject'))
    expect((await bench.run('cp', '-f', 'newer.txt', 'oss://my-bucket/replaced')).code).toBe(0)
    const { code, stderr } = await ended
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('hanged') as string })
    bench.cloud.faults.clear()
    expect((await bench.run('cat', 'oss://my-bucket/replaced')).stdout).toBe('newer\n')
  })
})

describe('a target', () => {
  const write = (target: string) => [
    ['cp', '-f', 'oss://my-bucket/a.txt', target],
    ['decrypt', '-f', 'a.enc', '-o', target],
  ]

  test('that is a link to nothing is followed', async () => {
    for (const [index, args] of write('dangling').entries()) {
      execFileSync('ln', ['-sfn', `led-to-${String(index)}`, bench.path('dangling')])
      expect(await bench.run(...args)).toMatchObject({ code: 0 })
      expect(readlinkSync(bench.path('dangling'))).toBe(`led-to-${String(index)}`)
      expect(readFileSync(bench.path(`led-to-${String(index)}`), 'utf8')).toBe('hello\n')
    }
  })

  test.each(['pipe', 'link-to-pipe', 'link-to-device', '/dev/null'])(
    'that is no file is refused, and stays: %s',
    async (target) => {
      const path = target.startsWith('/') ? target : bench.path(target)
      const before = lstatSync(path).ino
      for (const args of write(target)) {
        const { code, stderr } = await bench.run(...args)
        expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a file') as string })
      }
      expect(lstatSync(path).ino).toBe(before)
    },
  )

  test('that is stdout by name, and a pipe, is not replaced', async () => {
    symlinkSync('/dev/stdout', bench.path('stdout'))
    for (const args of write('stdout')) await bench.shell(`osscrypt ${args.join(' ')} | cat`)
    expect(readlinkSync(bench.path('stdout'))).toBe('/dev/stdout')
    expect(readdirSync(bench.folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

describe('a configuration', () => {
  test('is not read from a pipe, a device, or a file that others can write', async () => {
    writeFileSync(bench.path('open.toml'), '[default]\nregion = "cn-beijing"\n')
    chmodSync(bench.path('open.toml'), 0o666)
    symlinkSync('/dev/zero', bench.path('zero.toml'))
    for (const config of ['pipe', 'zero.toml', 'open.toml']) {
      const { code, stderr } = await bench.run('config', 'get', 'region', '--config', config)
      expect({ code, stderr }).toMatchObject({ code: 9, stderr: expect.stringContaining('UntrustedFile') as string })
    }
    chmodSync(bench.path('open.toml'), 0o644)
    expect((await bench.run('config', 'get', 'region', '--config', 'open.toml')).stdout).toBe('cn-beijing\n')
  })

  test('that is a link stays one when it is written', async () => {
    symlinkSync('dotfiles.toml', bench.path('linked.toml'))
    for (const region of ['cn-hangzhou', 'cn-beijing']) {
      expect((await bench.run('config', 'set', 'region', region, '--config', 'linked.toml')).code).toBe(0)
    }
    expect(readlinkSync(bench.path('linked.toml'))).toBe('dotfiles.toml')
    expect((await bench.run('config', 'get', 'region', '--config', 'linked.toml')).stdout).toBe('cn-beijing\n')
    expect(lstatSync(bench.path('dotfiles.toml')).mode & 0o777).toBe(0o600)
  })
})

test('what tells of the local cloud is not read from a pipe', async () => {
  mkdirSync(bench.path('cloud'))
  execFileSync('mkfifo', [bench.path('cloud/running.json')])
  const env = { OSSCRYPT_LOCAL_FOLDER: bench.path('cloud') }
  const ended = await bench.runIn(env, 'ls', '--profile', 'local')
  expect(ended).toMatchObject({ code: 9, stderr: expect.stringContaining('UntrustedFile') as string })
})

test('a signature without end is not read', async () => {
  const { code, stderr } = await bench.run(
    'verify-signature',
    'a.txt',
    '/dev/zero',
    '--algorithm',
    'ECDSA_SHA_256',
    '--public-key',
    '/dev/zero',
  )
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('longer than') as string })
})
