import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let bench: Bench
let store: OSS
beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
  writeFileSync(bench.path('a.txt'), 'hello\n')
  await bench.run('cp', 'a.txt', 'oss://my-bucket/a.txt')
})
afterEach(() => bench.cloud.faults.clear())
afterAll(async () => {
  await bench.run('local', 'stop')
  await bench.close()
})

describe('13: a message says what is wrong, with what, and where', () => {
  const profile = () => `profile default of ${bench.path('config/osscrypt/config.toml')}`
  const withEnv = async (env: Record<string, string>, ...args: string[]) => bench.runIn(env, ...args)
  const NOBODY = 'http://127.0.0.1:9'

  test('a wrong secret, and a wrong access key id', async () => {
    const secret = await withEnv({ ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'wrong' }, 'cat', 'oss://my-bucket/a.txt')
    expect(secret.code).toBe(6)
    expect(secret.stderr).toContain('oss://my-bucket/a.txt: ')
    expect(secret.stderr).toContain('the secret is not that of the access key id')
    expect(secret.stderr).toContain(`OSS was asked at ${bench.cloud.oss.endpoint}, region cn-hangzhou; ${profile()}`)
    const id = await withEnv({ ALIBABA_CLOUD_ACCESS_KEY_ID: 'nobody' }, 'cat', 'oss://my-bucket/a.txt')
    expect(id.code).toBe(6)
    expect(id.stderr).toContain('there is no such access key id')
    const kms = await withEnv({ ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'wrong' }, 'keys', 'list')
    expect(kms.code).toBe(6)
    expect(kms.stderr).toContain(`KMS was asked at ${bench.cloud.kms.endpoint}; ${profile()}`)
  })

  test('a bucket, or an object, that is not there', async () => {
    const bucket = await bench.run('cp', 'a.txt', 'oss://no-such-bucket/a')
    expect(bucket.code).toBe(3)
    expect(bucket.stderr).toContain('a.txt -> oss://no-such-bucket/a: ')
    expect(bucket.stderr).toContain('`osscrypt mb` makes one')
    expect(bucket.stderr).toContain(bench.cloud.oss.endpoint)
    for (const args of [['cat'], ['stat'], ['cp', '.'], ['verify'], ['rm'], ['inspect']]) {
      const [command = '', ...more] = args
      const { code, stderr } = await bench.run(command, 'oss://my-bucket/none', ...more)
      expect({ code, stderr }).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('oss://my-bucket/none') as string,
      })
    }
    mkdirSync(bench.path('one'))
    writeFileSync(bench.path('one/file'), 'x')
    const { json } = await bench.run('cp', '-r', '--json', 'one', 'oss://no-such-bucket/')
    expect(json[0]).toMatchObject({
      type: 'error',
      object: 'one/file',
      target: 'oss://no-such-bucket/file',
      place: expect.stringContaining(bench.cloud.oss.endpoint) as string,
    })
  })

  test('a host that does not answer', async () => {
    const oss = await bench.run('cat', 'oss://my-bucket/a.txt', '--endpoint', NOBODY, '--retries', '0')
    expect(oss.code).toBe(7)
    expect(oss.stderr).toContain(`OSS was asked at ${NOBODY}`)
    const kms = await bench.run('cat', 'oss://my-bucket/a.txt', '--kms-endpoint', NOBODY, '--retries', '0')
    expect(kms.code).toBe(7)
    expect(kms.stderr).toContain(`KMS was asked at ${NOBODY}`)
  })

  test('what is the same for many objects is said once', async () => {
    mkdirSync(bench.path('unsafe'))
    for (const name of ['a\\b', 'c\\d', 'e\\f']) writeFileSync(bench.path(`unsafe/${name}`), '')
    const { stderr } = await bench.run('cp', '-r', 'unsafe', 'oss://my-bucket/unsafe')
    expect(stderr.match(/^osscrypt: /gm)).toHaveLength(3)
    expect(stderr.match(/name the object and a file for it/g)).toHaveLength(1)
  })

  test('a configuration that is wrong, and a lack of one', async () => {
    writeFileSync(bench.path('wrong.toml'), '[default]\njobs = "abc"\n', { mode: 0o600 })
    const wrong = await bench.run('ls', '--config', 'wrong.toml')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('wrong.toml, jobs of default') as string })
    const noCmk = await withEnv({ OSSCRYPT_CMK: '' }, 'cp', 'a.txt', 'oss://my-bucket/b')
    expect(noCmk.code).toBe(2)
    expect(noCmk.stderr).toContain(bench.path('config/osscrypt/config.toml'))
    expect(noCmk.stderr).toContain('osscrypt config set cmk')
  })

  test('a plain file to decrypt, a changed one, and a file that is no checkpoint', async () => {
    const plain = await bench.run('decrypt', 'a.txt')
    expect(plain).toMatchObject({ code: 4, stderr: expect.stringContaining('a.txt is neither') as string })
    await bench.run('encrypt', 'a.txt', '-o', 'a.enc')
    const bytes = readFileSync(bench.path('a.enc'))
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(bench.path('a.enc'), bytes)
    const changed = await bench.run('decrypt', 'a.enc', '-o', 'never')
    expect(changed.code).toBe(5)
    expect(changed.stderr).toContain('do not use it')
    expect(existsSync(bench.path('never'))).toBe(false)
  })
})

describe('14', () => {
  test('config set takes what is a value, and nothing else', async () => {
    for (const [name, value] of [
      ['jobs', 'abc'],
      ['jobs', '0'],
      ['cmk', 'nonsense'],
      ['read-cmk', 'acs:kms'],
      ['discover', '1'],
      ['region', 'Mars!'],
      ['format', 'zip'],
      ['network', 'lan'],
      ['endpoint', 'ftp://x'],
      ['formats', 'gcm,zip'],
    ] as const) {
      const { code, stderr } = await bench.run('config', 'set', name, value)
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(value) as string })
    }
    for (const profile of ['two words', 'line\nbreak', 'u\u202eturn', 'x'.repeat(65)]) {
      const { code, stderr } = await bench.run('config', 'set', '--profile', profile, 'jobs', '4')
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('name of a profile') as string,
      })
    }
    expect(existsSync(bench.path('config/osscrypt/config.toml'))).toBe(false)
  })

  test('the profile local talks to the local cloud, whatever the environment says of the real one', async () => {
    expect((await bench.run('local', 'start', '--bucket', 'only-local')).code).toBe(0)
    const elsewhere = {
      OSS_ENDPOINT: 'http://127.0.0.1:9',
      KMS_ENDPOINT: 'http://127.0.0.1:9',
      OSSCRYPT_CMK: 'nonsense',
    }
    const list = await bench.runIn(elsewhere, 'ls', '--profile', 'local')
    expect(list).toMatchObject({ code: 0, stdout: 'oss://only-local/\n' })
    const flag = await bench.run('ls', '--profile', 'local', '--endpoint', 'http://127.0.0.1:9', '--retries', '0')
    expect(flag.code).toBe(7)
    await bench.run('local', 'stop')
  })

  test('local start writes into no folder of somebody else’s', async () => {
    mkdirSync(bench.path('mine'))
    writeFileSync(bench.path('mine/thesis.txt'), 'years of work')
    chmodSync(bench.path('mine'), 0o755)
    expect((await bench.run('local', 'start', '--folder', 'mine')).code).toBe(9)
    expect(readdirSync(bench.path('mine'))).toEqual(['thesis.txt'])
    expect(statSync(bench.path('mine')).mode & 0o777).toBe(0o755)
  })

  test('a process with the number of one that has ended is not the local cloud', async () => {
    expect((await bench.run('local', 'start')).code).toBe(0)
    const file = bench.path('data/osscrypt/local/running.json')
    const told = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    await bench.run('local', 'stop')
    // This process runs, and is another one.
    writeFileSync(file, JSON.stringify({ ...told, pid: process.pid }), { mode: 0o600 })
    expect((await bench.run('local', 'status')).code).toBe(existsSync('/proc/self/stat') ? 3 : 0)
  })

  test('an alias that is there leaves no key behind', async () => {
    await bench.run('local', 'start')
    const keys = async () => (await bench.run('keys', 'list', '--profile', 'local')).stdout.split('\n').length
    const create = () => bench.run('keys', 'create', '--alias', 'alias/twice', '--profile', 'local')
    expect((await create()).code).toBe(0)
    const before = await keys()
    expect((await create()).code).not.toBe(0)
    const unknown = await bench.run('keys', 'create', '--spec', 'nope', '--profile', 'local')
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Aliyun_AES_256, RSA_2048') })
    expect(await keys()).toBe(before)
    await bench.run('local', 'stop')
  })

  test('times have a zone', async () => {
    expect((await bench.run('ls', 'oss://my-bucket/')).stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ /m)
    expect((await bench.run('stat', 'oss://my-bucket/a.txt')).stdout).toMatch(/last modified +\S+Z$/m)
  })

  test('of two downloads to one new path, one succeeds', async () => {
    bench.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      times: 2,
      effect: { kind: 'delay', delayMs: 1000 },
    })
    const both = await Promise.all([1, 2].map(() => bench.start(['cp', 'oss://my-bucket/a.txt', 'raced']).ended))
    expect(both.map(({ code }) => code).sort()).toEqual([0, 9])
    expect(readFileSync(bench.path('raced'), 'utf8')).toBe('hello\n')
  })

  test('a target that ends with / is a folder; pipes and process substitution are sources', async () => {
    expect((await bench.run('cp', 'oss://my-bucket/a.txt', 'new/folder/')).code).toBe(0)
    expect(readFileSync(bench.path('new/folder/a.txt'), 'utf8')).toBe('hello\n')
    const piped = await bench.shell(
      'osscrypt cp <(echo from a process) oss://my-bucket/process && osscrypt cat oss://my-bucket/process',
    )
    expect(piped.stdout).toMatch(/\nfrom a process\n$/)
    const fifo = await bench.shell(
      'mkfifo fifo; (echo from a pipe > fifo &); osscrypt cp fifo oss://my-bucket/fifo && osscrypt cat oss://my-bucket/fifo',
    )
    expect(fifo.stdout).toMatch(/\nfrom a pipe\n$/)
  })
})

test('15: nothing that a terminal obeys gets through, and JSON means the same', async () => {
  const key = 'odd/\u009b31mred\u202eetxt\u2066.\u200f\u001b]0;title\u0007'
  await store.put(key, Buffer.from('x'))
  // eslint-disable-next-line no-control-regex -- what a terminal would obey
  const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
  for (const args of [
    ['ls', '-l', 'oss://my-bucket/odd/'],
    ['ls', '--versions', 'oss://my-bucket/odd/'],
    ['tree', 'oss://my-bucket/odd/'],
    ['verify', '-r', 'oss://my-bucket/odd/'],
    ['check', 'new', 'oss://my-bucket/odd/'],
    ['restore', '-r', '--status', 'oss://my-bucket/odd/'],
    ['rm', '-r', '--dry-run', 'oss://my-bucket/odd/'],
  ]) {
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await bench.run(...args, ...json)
      expect(stdout + stderr).not.toMatch(obeyed)
      expect(stdout + stderr).toContain('\\u009b')
    }
  }
  expect((await bench.run('ls', '--json', 'oss://my-bucket/odd/')).json[0]).toMatchObject({ key })
  expect((await bench.run('complete', 'oss://my-bucket/odd/')).stdout).toBe('')
})
