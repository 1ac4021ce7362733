import { existsSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('a.txt'), 'a secret text')
})
afterAll(() => bench.close())

test.each([['--message'], []])('encrypt and decrypt, files and pipes: %s', async (...options) => {
  const made = await bench.run('encrypt', 'a.txt', '-o', 'a.enc', '-f', '--context', 'team=red', ...options)
  expect(made).toMatchObject({ code: 0, stdout: 'encrypted -> a.enc\n', stderr: '' })
  expect(readFileSync(bench.path('a.enc'), 'latin1')).not.toContain('secret')
  const read = await bench.run('decrypt', 'a.enc', '-o', 'a.out', '-f', '--required-context', 'team=red')
  expect(read).toMatchObject({ code: 0, stdout: 'decrypted -> a.out\n' })
  expect(readFileSync(bench.path('a.out'), 'utf8')).toBe('a secret text')
  const elsewhere = ['--temporary-folder', bench.folder]
  expect(await bench.run('decrypt', 'a.enc', ...elsewhere)).toMatchObject({ code: 0, stdout: 'a secret text' })
  const piped = await bench.shell(`osscrypt encrypt ${options.join(' ')} < a.txt | osscrypt decrypt -`)
  expect(piped).toMatchObject({ code: 0, stdout: 'a secret text', stderr: '' })
  expect((await bench.run('decrypt', 'a.enc', '--required-context', 'team=blue')).code).toBe(5)
})

test('what was changed, cut, or never encrypted is refused, and leaves no file', { timeout: 60_000 }, async () => {
  for (const options of [['--message'], []]) {
    await bench.run('encrypt', 'a.txt', '-o', 'b.enc', '-f', ...options)
    const bytes = readFileSync(bench.path('b.enc'))
    const changed = Buffer.from(bytes)
    changed[changed.length - 1]! ^= 1
    writeFileSync(bench.path('changed.enc'), changed)
    writeFileSync(bench.path('cut.enc'), bytes.subarray(0, -3))
    for (const [name, code] of [['changed.enc', 5] as const, ['cut.enc', 5] as const, ['a.txt', 4] as const]) {
      expect(await bench.run('decrypt', name, '-o', 'never')).toMatchObject({ code, stdout: '' })
      expect(await bench.run('decrypt', name)).toMatchObject({ code, stdout: '' })
    }
  }
  expect(readdirSync(bench.folder).filter((name) => name.includes('never') || name.includes('.part'))).toEqual([])
})

test('input and output being one file, and outputs that are there, are refused', async () => {
  linkSync(bench.path('a.txt'), bench.path('same'))
  for (const output of ['a.txt', 'same']) {
    const ended = await bench.run('encrypt', 'a.txt', '-o', output, '--force')
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.stderr).toContain('SameFile')
  }
  writeFileSync(bench.path('there'), 'there')
  expect((await bench.run('encrypt', 'a.txt', '-o', 'there')).code).toBe(9)
  expect(readFileSync(bench.path('there'), 'utf8')).toBe('there')
  expect((await bench.run('encrypt', 'missing')).code).toBe(3)
  expect((await bench.run('encrypt', 'a.txt', '--algorithm', 'ROT13')).code).toBe(2)
  expect((await bench.run('encrypt', 'a.txt', '--algorithm', 'AES_CTR_NOPADDING_256')).code).toBe(9)
  expect((await bench.start(['encrypt', 'a.txt'], { env: { OSSCRYPT_CMK: undefined } }).ended).code).toBe(2)
})

test('sign and verify-signature, at KMS and with the public key alone', async () => {
  const key = await bench.cloud.createKey({ keySpec: 'EC_P256' })
  const use = ['--algorithm', 'ECDSA_SHA_256', '--key', key]
  expect(await bench.run('sign', 'a.txt', ...use, '-o', 'a.sig')).toMatchObject({
    code: 0,
    stdout: 'signed -> a.sig\n',
  })
  const printed = await bench.run('sign', 'a.txt', ...use)
  writeFileSync(bench.path('a.base64'), printed.stdout)
  expect(await bench.run('verify-signature', 'a.txt', 'a.sig', ...use)).toMatchObject({ code: 0, stdout: 'valid\n' })
  expect((await bench.run('verify-signature', 'a.txt', 'a.base64', ...use)).code).toBe(0)

  const { KeyVersions } = (await bench.cloud.kms.call('ListKeyVersions', { KeyId: key })) as unknown as {
    KeyVersions: { KeyVersion: { KeyVersionId: string }[] }
  }
  const KeyVersionId = KeyVersions.KeyVersion[0]!.KeyVersionId
  const { PublicKey } = (await bench.cloud.kms.call('GetPublicKey', { KeyId: key, KeyVersionId })) as unknown as {
    PublicKey: string
  }
  writeFileSync(bench.path('key.pem'), PublicKey)
  const here = ['--algorithm', 'ECDSA_SHA_256', '--public-key', 'key.pem']
  bench.cloud.clearRequests()
  expect((await bench.run('verify-signature', 'a.txt', 'a.sig', ...here)).code).toBe(0)
  expect(bench.cloud.requests).toEqual([])
  writeFileSync(bench.path('other.txt'), 'another text')
  const invalid = await bench.run('verify-signature', 'other.txt', 'a.sig', ...here)
  expect(invalid).toMatchObject({ code: 5, stdout: '' })
  expect((await bench.run('verify-signature', 'other.txt', 'a.sig', ...use)).code).toBe(5)
  expect((await bench.run('sign', 'a.txt')).code).toBe(2)
  expect((await bench.run('verify-signature', 'a.txt', 'a.sig', '--algorithm', 'MD5', '--key', key)).code).toBe(2)
  expect(existsSync(bench.path('a.sig'))).toBe(true)
})
