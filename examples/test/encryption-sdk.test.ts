import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { codeBlocks } from '../../tools/markdown.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = join(root, 'examples', 'encryption-sdk')
const folder = mkdtempSync(join(tmpdir(), 'osscrypt-encryption-sdk-'))

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs an example as a user would, with nothing of the cloud in its environment. */
function run(example: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const settings = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder } }
    execFile(process.execPath, [join(examples, example)], settings, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

/** What the examples print, where it is more than that they ran. */
const printed: Readonly<Record<string, RegExp>> = {
  'algorithms.mjs': /^(\w+: (authenticated|only with allowUnauthenticatedAlgorithms)\n){12}$/,
  'caching.mjs': /1 call to KMS\n/,
  'credentials.mjs': /^(.+: ok\n){7}(Config: \w+: skipped, .+\n){3}$/,
  'errors.mjs': /^changed: IntegrityError IntegrityFailed, KMS asked 1 times$/m,
  'fields.mjs': /^Ada: 0571-1815, Ada@example.com$/m,
  'kms-instance.mjs': /^with the shared gateway: under 2 CMKs$/m,
  'retry.mjs': /^3 attempts: succeeded\n1 attempts: .*Rejected.Throttling.*\n5 attempts: succeeded\n$/,
  'secrets-manager.mjs': /^decrypted: Ada\nanother context: ContextMismatch$/m,
  'several-cmks.mjs': /^(opened with the CMK in cn-hangzhou\n){2}opened with the CMK in cn-shanghai$/m,
  'sign-and-verify.mjs': /^contract.txt, verified with a certificate: true$/m,
  'simple.mjs': /^decrypted: Hello World$/m,
  'streams-node.mjs': /^changed: refused, 0 bytes written$/m,
  'streams-web.mjs': /^decrypted, from AES_GCM_NOPADDING_256 with the context \{"purpose":"sample"\}$/m,
}

describe('the samples of the Encryption SDK', () => {
  test('are all run here', () => {
    const files = readdirSync(examples).filter((name) => name.endsWith('.mjs') && name !== 'open-kms.mjs')
    expect(files.sort()).toEqual(Object.keys(printed))
  })

  test.each(Object.entries(printed))('%s', async (example, expected) => {
    const { code, stdout, stderr } = await run(example)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(expected)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe.each(['docs/MIGRATION.md', 'docs/ALGORITHMS.md', 'docs/OLD-OBJECTS.md'])('the code in %s', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const lines = text.split('\n')
  const withoutIndent = (code: string) => code.replaceAll(/^\s+/gm, '')

  test.each(codeBlocks(text).filter(({ language }) => language === 'js'))('line $line', ({ code, line }) => {
    // The last example that was named above the block is what the code is from.
    const above = lines.slice(0, line - 1).join('\n')
    const source = [...above.matchAll(/\]\(\.\.\/(examples\/[\w/.-]+\.mjs)\)/g)].at(-1)?.[1] ?? ''
    expect(existsSync(join(root, source)), `no example is named above the code: ${source}`).toBe(true)
    expect(withoutIndent(readFileSync(join(root, source), 'utf8'))).toContain(withoutIndent(code))
  })
})
