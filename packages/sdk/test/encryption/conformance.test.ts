import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The conformance command, as a process of its own, with the built package.

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const vectors = join(root, 'packages/sdk/test/vectors/encryption-sdk')
const built = existsSync(join(root, 'packages/sdk/dist/oss.js'))

function conformance(
  ...args: string[]
): Promise<{ exitCode: number; stdout: string; stderr: string; closing: string }> {
  return new Promise((resolve) => {
    const command = [join(root, 'tools/conformance.mjs'), ...args]
    execFile(process.execPath, command, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const exitCode = error ? Number(error.code) : 0
      resolve({ exitCode, stdout, stderr, closing: stdout.trimEnd().split('\n').at(-1) ?? '' })
    })
  })
}

describe.skipIf(!built)('npm run conformance', { timeout: 60_000 }, () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each([
    ['java', 121, 121],
    ['python', 35, 35],
    ['tampered', 213, 12],
  ] as const)('%s.json, and what it emits', async (name, cases, accepted) => {
    const emitted = join(folder, `${name}.json`)
    const first = await conformance(join(vectors, `${name}.json`), '--emit', emitted)
    expect(first).toMatchObject({ exitCode: 0, closing: `${cases} passed, 0 failed`, stderr: '' })
    expect(first.stdout.match(/^pass /gm)).toHaveLength(cases)
    expect(await conformance(emitted)).toMatchObject({ exitCode: 0, closing: `${accepted} passed, 0 failed` })
    // Newly encrypted: no data key, wrapped key or output is the old one.
    const values = (file: string) =>
      (
        JSON.parse(readFileSync(file, 'utf8')) as {
          output?: string
          body?: string
          encryptedDataKeys: { plaintextDataKey: string; ciphertextBlob: string }[]
        }[]
      )
        .flatMap(({ output, encryptedDataKeys }) => [
          output,
          ...encryptedDataKeys.flatMap(({ plaintextDataKey, ciphertextBlob }) => [plaintextDataKey, ciphertextBlob]),
        ])
        .filter((value) => value !== undefined)
    const old = new Set(values(join(vectors, `${name}.json`)))
    expect(values(emitted).filter((value) => old.has(value))).toEqual([])
  })

  test('a case that fails is named, and the exit code is 1', async () => {
    const [first, second] = JSON.parse(readFileSync(join(vectors, 'python.json'), 'utf8')) as Record<string, unknown>[]
    const file = join(folder, 'wrong.json')
    await writeFile(
      file,
      JSON.stringify([first, { ...second, plaintext: 'AAAA' }, { ...second, name: 'untouched', expect: 'reject' }]),
    )
    const { exitCode, closing, stdout } = await conformance(file)
    expect({ exitCode, closing }).toEqual({ exitCode: 1, closing: '1 passed, 2 failed' })
    expect(stdout).toContain(`FAIL ${String(second!['name'])}: other plaintext`)
    expect(stdout).toContain('FAIL untouched: was accepted')
  })

  test('a case that cannot be emitted does not keep the others from being written', async () => {
    const [first, second, third] = JSON.parse(readFileSync(join(vectors, 'java.json'), 'utf8')) as object[]
    const file = join(folder, 'one-unknown.json')
    await writeFile(file, JSON.stringify([first, { ...second, name: 'unknown', algorithm: 'NONE' }, third]))
    const emitted = join(folder, 'others.json')
    const { exitCode, closing, stdout } = await conformance(file, '--emit', emitted)
    expect({ exitCode, closing }).toEqual({ exitCode: 1, closing: '2 passed, 2 failed' })
    expect(stdout).toMatch(/^FAIL emit unknown: /m)
    expect(await conformance(emitted)).toMatchObject({ exitCode: 0, closing: '2 passed, 0 failed' })
  })

  test('nor one of floe', async () => {
    const good = { key: '00'.repeat(32), aad: '', keyRotationBits: 20, encryptedSegmentLength: 64, plaintext: '61' }
    const file = join(folder, 'floe-unknown.json')
    const cases = [
      { name: 'no room', ...good, encryptedSegmentLength: 1, ciphertext: '' },
      { name: 'good', ...good, ciphertext: '' },
    ]
    await writeFile(file, JSON.stringify({ cases }))
    const emitted = join(folder, 'floe-others.json')
    const { exitCode, stdout } = await conformance(file, '--emit', emitted)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^FAIL emit no room: /m)
    expect(await conformance(emitted)).toMatchObject({ exitCode: 0, closing: '1 passed, 0 failed' })
  })

  test('misuse: a line on stderr, and the exit code is 2', async () => {
    const broken = join(folder, 'broken.json')
    await writeFile(broken, '{')
    const unknown = join(folder, 'unknown.json')
    await writeFile(unknown, '{"a":1}')
    for (const args of [[], [join(folder, 'missing.json')], [broken], [unknown], ['--unknown'], [broken, '--emit']]) {
      const { exitCode, stdout, stderr } = await conformance(...args)
      expect(exitCode).toBe(2)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/\nusage: npm run -s conformance -- FILE\.json/)
    }
  })
})
