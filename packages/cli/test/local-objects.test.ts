import { generateKeyPairSync } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import OSS from 'ali-oss'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bench } from './command.js'

/** What the OSS SDKs wrote, and their keys. */
const vectors = new URL('../../sdk/test/vectors/oss-sdk-cse/oss-sdk-cse.json', import.meta.url)

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('a.txt'), 'a secret text')
})
afterAll(() => bench.close())

describe.each(['gcm', 'floe', 'message-body'] as const)('an object in files: %s', (format) => {
  test('is written, explained, checked and read as one in OSS, and the library reads it there', async () => {
    const made = await bench.run(
      ...['encrypt', 'a.txt', '-o', 'body', '-f', '--metadata', 'body.json', '--format', format],
      ...['--name', 'dir/a', '--context', 'team=red'],
    )
    expect(made).toMatchObject({ code: 0, stdout: 'encrypted -> body\n', stderr: '' })
    bench.cloud.clearRequests()
    const shown = await bench.run('inspect', 'body', '--metadata', 'body.json', '--json')
    expect(shown.json).toMatchObject([
      { format, length: 13, boundTo: 'dir/a', cmks: [bench.cmk], envelope: 'not verified' },
    ])
    expect(bench.cloud.requests).toEqual([])
    const checked = await bench.run('inspect', 'body', '--metadata', 'body.json', '--verify', '--json')
    expect(checked.json).toMatchObject([{ format, envelope: 'verified', encryptionContext: { team: 'red' } }])
    const read = ['decrypt', 'body', '--metadata', 'body.json']
    expect(await bench.run(...read)).toMatchObject({
      code: 0,
      stdout: 'a secret text',
      stderr: 'osscrypt: it was written as dir/a: --expected-key makes sure of that\n',
    })
    expect(await bench.run(...read, '--expected-key', 'dir/a')).toMatchObject({ code: 0, stderr: '' })
    expect(await bench.run(...read, '--expected-key', 'dir/b')).toMatchObject({ code: 5, stdout: '' })

    const oss = new OSS({ ...bench.cloud.ossOptions('my-bucket') })
    const meta = Object.entries(JSON.parse(readFileSync(bench.path('body.json'), 'utf8')) as Record<string, string>)
    const names = meta.map(([name, value]) => [name.slice('x-oss-meta-'.length), value])
    await oss.put('dir/a', bench.path('body'), { meta: Object.fromEntries(names) as never })
    expect((await bench.run('cat', 'oss://my-bucket/dir/a')).stdout).toBe('a secret text')

    const changed = readFileSync(bench.path('body'))
    changed[changed.length - 1]! ^= 1
    writeFileSync(bench.path('changed'), changed)
    const refused = await bench.run('decrypt', 'changed', '--metadata', 'body.json', '-o', 'never')
    expect(refused).toMatchObject({ code: 5, stdout: '' })
  })
})

test('messages and streams are explained without KMS, and said what they are', async () => {
  for (const [options, form] of [
    [['--message'], 'message'],
    [[], 'stream'],
  ] as const) {
    await bench.run('encrypt', 'a.txt', '-o', 'a.enc', '-f', '--context', 'team=red', ...options)
    bench.cloud.clearRequests()
    const shown = await bench.run('inspect', 'a.enc', '--json')
    expect(shown.json).toMatchObject([{ format: 'message-body', form, length: 13, encryptionContext: { team: 'red' } }])
    expect(bench.cloud.requests).toEqual([])
    expect((await bench.run('inspect', 'a.enc', '--verify')).stdout).toMatch(/^envelope +verified$/m)
  }
  expect(await bench.run('inspect', 'a.txt')).toMatchObject({ code: 4, stdout: '' })
  expect(await bench.run('inspect', 'missing')).toMatchObject({ code: 3 })
  expect(await bench.run('inspect', 'a.txt', '--metadata', 'missing')).toMatchObject({ code: 3 })
  expect(await bench.run('inspect', 'oss://my-bucket/a', '--metadata', 'a.txt')).toMatchObject({ code: 2 })
  expect(await bench.run('decrypt', 'a.enc', '--expected-key', 'a')).toMatchObject({ code: 2 })
  expect(await bench.run('encrypt', 'a.txt', '--format', 'floe')).toMatchObject({ code: 2 })
  expect(await bench.run('encrypt', 'a.txt', '--metadata', 'm.json')).toMatchObject({ code: 2 })
})

describe('of the two files of an object', () => {
  const options = ['--format', 'gcm', '--name', 'k'] as const

  test('none is written over the other', async () => {
    symlinkSync('one', bench.path('link'))
    for (const other of ['one', './one', 'link']) {
      const made = await bench.run('encrypt', 'a.txt', '-o', 'one', '--metadata', other, ...options)
      expect(made, other).toMatchObject({ code: 2, stdout: '' })
      expect(made.stderr).toContain('(SameFile)')
    }
    expect(readdirSync(bench.folder).filter((name) => name.includes('one'))).toEqual([])
    await bench.run('encrypt', 'a.txt', '-o', 'kept', '--metadata', 'kept.json', ...options)
    const before = readFileSync(bench.path('kept.json'))
    const read = await bench.run('decrypt', 'kept', '--metadata', 'kept.json', '-o', 'kept.json', '--force')
    expect(read).toMatchObject({ code: 2, stdout: '' })
    expect(readFileSync(bench.path('kept.json'))).toEqual(before)
  })

  test.each(['late', 'late.json'])('%s comes meanwhile: it is kept, and nothing is left', async (late) => {
    const { ended, child } = bench.start(['encrypt', '-', '-o', 'late', '--metadata', 'late.json', ...options], {
      input: Buffer.alloc(30_000_000),
    })
    child.stdout?.resume()
    while (!readdirSync(bench.folder).some((name) => name.startsWith('.late'))) await sleep(2)
    writeFileSync(bench.path(late), 'precious')
    expect(await ended).toMatchObject({ code: 9, stdout: '' })
    expect(readFileSync(bench.path(late), 'utf8')).toBe('precious')
    expect(readdirSync(bench.folder).filter((name) => name.includes('late'))).toEqual([late])
    rmSync(bench.path(late))
  })
})

test('a pipe that nobody writes to is not waited for', async () => {
  execFileSync('mkfifo', [bench.path('pipe')])
  expect(await bench.run('inspect', 'pipe')).toMatchObject({ code: 2, stdout: '' })
  expect(await bench.run('inspect', 'a.txt', '--metadata', 'pipe')).toMatchObject({ code: 2, stdout: '' })
})

test('a message is no object of a format that is asked for', async () => {
  await bench.run('encrypt', 'a.txt', '-o', 'message.enc', '-f')
  expect(await bench.run('decrypt', 'message.enc', '--formats', 'floe')).toMatchObject({ code: 2, stdout: '' })
})

test('what has no parts is looked at whole, and its length is not said to be verified', async () => {
  const allow = '--allow-unauthenticated-algorithms'
  const options = ['--format', 'message-body', '--algorithm', 'AES_CTR_NOPADDING_256', allow]
  await bench.run('encrypt', 'a.txt', '-o', 'ctr', '--metadata', 'ctr.json', ...options)
  writeFileSync(bench.path('bom.json'), `\ufeff${readFileSync(bench.path('ctr.json'), 'utf8')}`)
  const shown = await bench.run('inspect', 'ctr', '--metadata', 'bom.json', '--verify', '--json', allow)
  expect(shown.json).toMatchObject([{ integrity: 'none', envelope: 'verified' }])
  expect(shown.json[0]).not.toHaveProperty('length')
})

test('what the caller’s metadata is called is not taken for a part of a message', async () => {
  await bench.run('encrypt', 'a.txt', '-o', 'message.enc', '-f')
  writeFileSync(bench.path('iv.json'), '{"x-oss-meta-iv":"AAAA"}')
  const shown = await bench.run('inspect', 'message.enc', '--metadata', 'iv.json', '--json')
  expect(shown.json).toHaveLength(1)
  expect(shown.json[0]).not.toHaveProperty('iv')
})

describe('RSA keys', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })

  test('are in place of KMS: encrypted by the public key alone, decrypted by the private one', async () => {
    writeFileSync(bench.path('public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }))
    const passphrase = 'a passphrase'
    const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
    writeFileSync(bench.path('private.pem'), pair.privateKey.export(locked), { mode: 0o600 })
    writeFileSync(bench.path('private.jwk'), JSON.stringify(pair.privateKey.export({ format: 'jwk' })))
    const env = { OSSCRYPT_CMK: undefined, KMS_ENDPOINT: undefined, OSSCRYPT_RSA_PASSPHRASE: passphrase }
    bench.cloud.clearRequests()
    const run = (...args: string[]) => bench.runIn(env, ...args)
    expect(await run('encrypt', 'a.txt', '-o', 'rsa.enc', '-f', '--rsa-key', 'public.pem')).toMatchObject({ code: 0 })
    for (const key of ['private.pem', 'private.jwk']) {
      expect(await run('decrypt', 'rsa.enc', '--rsa-key', key)).toMatchObject({ code: 0, stdout: 'a secret text' })
    }
    expect(bench.cloud.requests).toEqual([])
    expect(await run('decrypt', 'rsa.enc', '--rsa-key', 'public.pem')).toMatchObject({ code: 6, stdout: '' })
    const { json } = await run('inspect', 'rsa.enc', '--json')
    expect(json).toMatchObject([{ cmks: [expect.stringMatching(/^rsa:sha256:/)], regions: [], accounts: [] }])
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    writeFileSync(bench.path('other.pem'), other.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const refused = await run('decrypt', 'rsa.enc', '--rsa-key', 'other.pem')
    expect(refused).toMatchObject({ code: 6, stdout: '' })
    expect(refused.stderr).toMatch(/keys that were not given: rsa:sha256:[0-9a-f]{64}/)
    expect(await run('cp', 'a.txt', 'oss://my-bucket/rsa', '--rsa-key', 'public.pem')).toMatchObject({ code: 0 })
    expect((await run('cat', 'oss://my-bucket/rsa', '--rsa-key', 'private.pem')).stdout).toBe('a secret text')
    expect(bench.cloud.requests.filter(({ service }) => service === 'kms')).toEqual([])
    const without = await bench.run('cat', 'oss://my-bucket/rsa', '--rsa-key', 'private.pem')
    expect(without).toMatchObject({ code: 2 })
    expect(without.stderr).toContain('OSSCRYPT_RSA_PASSPHRASE')
    expect(await run('cat', 'oss://my-bucket/rsa', '--rsa-key', 'a.txt')).toMatchObject({ code: 2 })
    expect(await run('cat', 'oss://my-bucket/rsa', '--rsa-key', 'missing')).toMatchObject({ code: 2 })
  })
})

describe('what the OSS SDKs’ own encryption wrote', () => {
  const { cases, keys } = JSON.parse(readFileSync(vectors, 'utf8')) as {
    readonly cases: readonly {
      readonly id: string
      readonly key: string
      readonly metaHeadersOnWire: readonly (readonly [string, string])[]
      readonly ciphertextB64: string
      readonly plaintextB64: string
    }[]
    readonly keys: Readonly<Record<string, { readonly privatePkcs1Pem?: string }>>
  }
  const old = cases.find(({ id }) => id === 'py1-rsa-md5len-100')!
  const plaintext = Buffer.from(old.plaintextB64, 'base64')
  const rsa = ['--rsa-key', 'old.pem'] as const
  const object = 'oss://my-bucket/old'

  test('is read with --allow-legacy-formats and its key, and nobody takes it for verified', async () => {
    writeFileSync(bench.path('old.pem'), keys['rsa:k1']!.privatePkcs1Pem!, { mode: 0o600 })
    const oss = new OSS({ ...bench.cloud.ossOptions('my-bucket') })
    const meta = old.metaHeadersOnWire.map(([name, value]) => [name.toLowerCase().slice('x-oss-meta-'.length), value])
    await oss.put('old', Buffer.from(old.ciphertextB64, 'base64'), { meta: Object.fromEntries(meta) as never })
    expect((await bench.run('stat', object)).stdout).toMatch(/^integrity +none$/m)
    expect((await bench.run('ls', '-l', object)).stdout).toContain('oss-sdk-ctr (no integrity)')
    const explained = (await bench.run('inspect', object, '--json')).json
    expect(explained).toMatchObject([
      { format: 'oss-sdk-ctr', integrity: 'none', wrapAlgorithm: 'RSA/NONE/PKCS1Padding', boundTo: null },
    ])
    expect(await bench.run('cat', object, ...rsa)).toMatchObject({ code: 9, stdout: '' })
    const read = ['cp', object, 'copy', '-f', ...rsa, '--allow-legacy-formats']
    const read1 = await bench.run(...read)
    expect(read1).toMatchObject({ code: 0 })
    expect(read1.stderr).toContain(`nobody has verified ${object}`)
    expect(readFileSync(bench.path('copy')).equals(plaintext)).toBe(true)
    expect((await bench.run(...read, '--json')).json).toContainEqual({ type: 'unverified', object })
    const verified = await bench.run('verify', object, ...rsa, '--allow-legacy-formats')
    expect(verified.code).toBe(9)
    expect(verified.stdout).not.toContain('intact')
    const elsewhere = ['cp', object, 'oss://other-bucket/old', ...rsa, '--allow-legacy-formats']
    expect(await bench.run(...elsewhere)).toMatchObject({ code: 9 })
    const rewrapped = await bench.run('rewrap', object, '--to', bench.cmk, ...rsa, '--allow-legacy-formats')
    expect(rewrapped).toMatchObject({ code: 9 })
    expect(rewrapped.stderr).toContain('jobs migrate')
  })

  test('what was migrated says ever after that its origin was not verified', async () => {
    const job = ['oss://my-bucket/old', '--folder', 'migration', '--cmk', bench.cmk, ...rsa, '--allow-legacy-formats']
    expect(await bench.run('jobs', 'migrate', ...job)).toMatchObject({ code: 0 })
    for (const command of ['stat', 'inspect'])
      expect((await bench.run(command, object)).stdout).toMatch(/^origin +unverified$/m)
  })

  test('so it is from files', async () => {
    writeFileSync(bench.path('old'), Buffer.from(old.ciphertextB64, 'base64'))
    const lines = old.metaHeadersOnWire.map(([name, value]) => `${name} : ${value}\n`)
    writeFileSync(bench.path('old.txt'), lines.join(''))
    const files = ['old', '--metadata', 'old.txt'] as const
    expect((await bench.run('inspect', ...files, '--json')).json).toMatchObject([{ format: 'oss-sdk-ctr' }])
    const decrypted = await bench.run('decrypt', ...files, '-o', 'old.out', ...rsa, '--allow-legacy-formats')
    expect(decrypted).toMatchObject({ code: 0 })
    expect(decrypted.stderr).toContain('nobody has verified old')
    expect(readFileSync(bench.path('old.out')).equals(plaintext)).toBe(true)
  })
})
