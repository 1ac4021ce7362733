import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalCloud } from 'osscrypt-local'
import { afterAll, describe, expect, test } from 'vitest'
import { codeBlocks } from '../../tools/markdown.mjs'

const examples = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'osscrypt-examples-'))

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs an example as a user would, with nothing of the cloud in its environment but what is given. */
function run(
  example: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const settings = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, ...env } }
    execFile(process.execPath, [join(examples, example), ...args], settings, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

describe('the ten lines', () => {
  const code = readFileSync(join(examples, 'ten-lines.mjs'), 'utf8')

  test.each(['README.md', 'README-CN.md'])('are in %s as they are in the file', (readme) => {
    const text = readFileSync(join(examples, '..', readme), 'utf8')
    expect(codeBlocks(text).find(({ language }) => language === 'js')?.code).toBe(code.trimEnd())
  })

  test('run against a cloud that is named in the environment alone', async () => {
    const cloud = await startLocalCloud({ buckets: ['my-bucket'] })
    try {
      const result = await run('ten-lines.mjs', {
        env: {
          CMK_ARN: await cloud.createKey(),
          KMS_ENDPOINT: cloud.kms.endpoint,
          OSS_ENDPOINT: cloud.oss.endpoint,
          OSS_REGION: 'oss-cn-hangzhou',
          OSS_BUCKET: 'my-bucket',
          ALIBABA_CLOUD_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
          ALIBABA_CLOUD_ACCESS_KEY_SECRET: cloud.credentials.accessKeySecret,
        },
      })
      expect(result).toEqual({ code: 0, stdout: 'Only the holder of the key reads this.\n', stderr: '' })
      expect(cloud.requests.map(({ operation }) => operation)).toEqual([
        'GenerateDataKey',
        'PutObject',
        'GetObject',
        'Decrypt',
      ])
    } finally {
      await cloud.close()
    }
  })

  test.each(['CMK_ARN', 'OSS_REGION', 'OSS_BUCKET'])('say that %s is not set', async (missing) => {
    const env = {
      CMK_ARN: 'acs:kms:cn-hangzhou:1234567890123456:key/k',
      OSS_ENDPOINT: 'http://127.0.0.1:1',
      OSS_REGION: 'oss-cn-hangzhou',
      OSS_BUCKET: 'my-bucket',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
      [missing]: '',
    }
    const { code, stdout, stderr } = await run('ten-lines.mjs', { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`Error: ${missing} is not set`)
  })
})

describe('the samples', () => {
  test('OSS: put, whole read, range', async () => {
    expect(await run('oss-encryption-sample.mjs')).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'whole: The quarterly figures, which are for the board alone.',
        'algorithm: AES_GCM_NOPADDING_256, author: ada',
        'part: quarterly figures (verified: false)',
        '',
      ].join('\n'),
    })
  })

  test('what the OSS SDKs wrote', async () => {
    expect(await run('oss-sdk-objects.mjs')).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'The figures of 2019. (verified: false, integrity: none)',
        'a part: figures',
        'was oss-sdk-ctr',
        'now FLOE, origin unverified',
        '',
      ].join('\n'),
    })
  })

  test('a backend, and a page without credentials', async () => {
    expect(await run('broker.mjs')).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'anna GenerateDataKey users/anna/note.txt: 200',
        'anna PutObject users/anna/note.txt: 200',
        'anna GetObject users/anna/note.txt: 200',
        'anna DecryptDataKey users/anna/note.txt: 200',
        'Only anna reads this.',
        'anna GetObject users/bert/note.txt: 403',
        'ServiceError: the broker denies it',
        '',
      ].join('\n'),
    })
  })

  test('messages', async () => {
    const { code, stdout, stderr } = await run('encryption-sdk-sample.mjs', { env: { OSSCRYPT_EXAMPLE_LOCAL: '1' } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^message: \d+ bytes\ndecrypted: 4111 1111 1111 1111\ntampered: IntegrityFailed\n$/)
  })
})

describe('the demo', () => {
  test.each([
    ['its own file', undefined],
    ['an empty file', ''],
    ['one byte', 'x'],
    ['a file with a name beyond ASCII', '工资'.repeat(1000)],
  ])('shows and checks everything with %s', async (_name, content) => {
    const path = '工资 2026 & more.txt'
    if (content !== undefined) writeFileSync(join(folder, path), content)
    const { code, stdout, stderr } = await run('demo.mjs', { args: content === undefined ? [] : [path] })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/All checks held/)
    expect(stdout).toMatch(/ok: IntegrityError \(IntegrityFailed\)/)
    expect(stdout).toMatch(/ok: OsscryptError \(BindingMismatch\)/)
    expect(stdout).not.toContain('FAILED')
    expect(stdout.split('\n').length).toBeLessThanOrEqual(45)
    expect(readdirSync(folder).filter((name) => name.startsWith('osscrypt-'))).toEqual([])
  })

  test.each([
    [['no-such-file'], 'demo: no-such-file: there is no such file\n'],
    [['.'], 'demo: .: it is not a file\n'],
    [['a', 'b'], 'demo: give one file, or none\n'],
  ])('says in one line what is wrong with %j', async (args, message) => {
    expect(await run('demo.mjs', { args })).toEqual({ code: 1, stdout: '', stderr: message })
  })
})
