import { mkdtempSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(async () => {
  await bench.run('local', 'stop')
  await bench.close()
})

test('local: start, status, use, stop, start again with what was there, reset', { timeout: 60_000 }, async () => {
  const local = (...args: string[]) => bench.run('local', ...args)
  expect(await local('status')).toMatchObject({ code: 3, stdout: 'the local cloud does not run\n' })
  expect((await bench.run('ls', '--profile', 'local')).code).toBe(2)
  const started = await local('start', '--bucket', 'one-bucket', '--json')
  expect(started.json).toMatchObject([{ type: 'local', running: true, buckets: ['oss://one-bucket/'] }])
  expect(started.stdout).not.toContain('accessKeySecret')
  expect((await local('start')).code).toBe(9)
  writeFileSync(bench.path('a.txt'), 'kept')
  expect((await bench.run('cp', 'a.txt', 'oss://one-bucket/a', '--profile', 'local')).code).toBe(0)
  expect(bench.cloud.requests).toEqual([])

  const [key] = (await bench.run('keys', 'create', '--profile', 'local', '--alias', 'alias/mine', '--json')).json
  expect(key).toMatchObject({ type: 'key', spec: 'Aliyun_AES_256', usage: 'ENCRYPT/DECRYPT' })
  expect((await bench.run('keys', 'list', '--profile', 'local')).stdout).toContain(key!['arn'] as string)
  const described = await bench.run('keys', 'describe', 'alias/mine', '--profile', 'local')
  expect(described.stdout).toMatch(/^state +Enabled$/m)
  expect((await bench.run('keys', 'describe', 'alias/none', '--profile', 'local')).code).toBe(6)

  expect(await local('stop')).toMatchObject({ code: 0, stdout: 'the local cloud has ended\n' })
  expect(await local('stop')).toMatchObject({ code: 0, stdout: 'the local cloud did not run\n' })
  expect((await local('start')).code).toBe(0)
  expect((await bench.run('cat', 'oss://one-bucket/a', '--profile', 'local')).stdout).toBe('kept')
  expect((await local('reset')).code).toBe(2)
  expect((await local('reset', '--force')).code).toBe(0)
  expect(existsSync(bench.path('data/osscrypt/local'))).toBe(false)
})

test('local reset deletes nothing that is not a local cloud’s', async () => {
  const folder = mkdtempSync(`${tmpdir()}/osscrypt-not-local-`)
  writeFileSync(`${folder}/thesis.txt`, 'years of work')
  expect((await bench.run('local', 'reset', '--force', '--folder', folder)).code).toBe(9)
  expect(readFileSync(`${folder}/thesis.txt`, 'utf8')).toBe('years of work')
  rmSync(folder, { recursive: true })
})

test('keys are created in the local cloud only', async () => {
  expect((await bench.run('keys', 'create')).code).toBe(9)
  expect((await bench.run('keys', 'list')).stdout).toContain(bench.cmk)
  expect((await bench.run('keys', 'list', '--kms-endpoint', 'http://127.0.0.1:9')).code).toBe(7)
  expect((await bench.run('keys', 'list', '--kms-endpoint', 'http://kms.example.com')).code).toBe(2)
})

test('demo', async () => {
  const demo = await bench.run('demo')
  expect(demo.code).toBe(0)
  expect(
    demo.stdout
      .split('\n')
      .filter(Boolean)
      .every((line) => line.startsWith('ok')),
  ).toBe(true)
  writeFileSync(bench.path('mine.bin'), Buffer.alloc(100_000, 7))
  expect((await bench.run('demo', 'mine.bin', '--json')).json).toHaveLength(6)
  expect((await bench.run('demo', 'missing')).code).toBe(3)
})

describe('config', () => {
  test('writes a file for the user alone, which commands then follow', async () => {
    const config = (...args: string[]) => bench.run('config', ...args)
    expect((await config('path')).stdout).toBe(`${bench.path('config/osscrypt/config.toml')}\n`)
    expect((await config('get', 'region')).code).toBe(3)
    expect((await config('set', 'region', 'cn-beijing')).stdout).toBe('default: region = cn-beijing\n')
    expect((await config('set', 'endpoint', bench.cloud.oss.endpoint, '--profile', 'work')).code).toBe(0)
    expect((await config('set', 'region', bench.cloud.region, '--profile', 'work')).code).toBe(0)
    expect((await config('get', 'region')).stdout).toBe('cn-beijing\n')
    expect(statSync(bench.path('config/osscrypt/config.toml')).mode & 0o777).toBe(0o600)
    expect((await config('list', '--json')).json).toHaveLength(3)
    const env = { OSS_ENDPOINT: undefined, OSS_REGION: undefined }
    expect((await bench.runIn(env, 'ls', '--profile', 'work')).stdout).toContain('oss://my-bucket/')
    expect((await bench.runIn(env, 'ls', '--profile', 'none')).code).toBe(2)
    expect((await config('unset', 'region')).code).toBe(0)
    expect((await config('get', 'region')).code).toBe(3)
    expect((await bench.runIn(env, 'ls')).stderr).toContain('no region')
  })

  test('has no place for secrets, and does not quote a file that is not well-formed', async () => {
    for (const name of ['access-key-secret', 'accessKeyId', 'token']) {
      const refused = await bench.run('config', 'set', name, 'canary')
      expect(refused).toMatchObject({ code: 2, stdout: '' })
      expect(refused.stderr).toContain('credentials do not belong')
      expect(refused.stderr).not.toContain('canary')
    }
    writeFileSync(bench.path('broken.toml'), '[default]\nregion = canary\n')
    const broken = await bench.run('config', 'list', '--config', 'broken.toml')
    expect(broken).toMatchObject({ code: 2, stdout: '' })
    expect(broken.stderr).toContain('(line 2)')
    expect(broken.stderr).not.toContain('canary')
  })

  test('credentials come from the environment, by ossutil’s names too, and their lack is said', async () => {
    const { accessKeyId, accessKeySecret } = bench.cloud.credentials
    const none = { ALIBABA_CLOUD_ACCESS_KEY_ID: undefined, ALIBABA_CLOUD_ACCESS_KEY_SECRET: undefined }
    const missing = await bench.runIn(none, 'ls')
    expect(missing.code).toBe(6)
    expect(missing.stderr).toContain('CredentialsUnavailable')
    const ossutil = { ...none, OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret }
    expect((await bench.runIn(ossutil, 'ls')).code).toBe(0)
    const wrong = { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'CanarySecretCanarySecret' }
    const denied = await bench.runIn(wrong, 'ls', '--debug')
    expect(denied.code).toBe(6)
    expect(denied.stdout + denied.stderr).not.toMatch(/Canary|Signature=/)
  })
})
