import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const script = fileURLToPath(new URL('check-repository.mjs', import.meta.url))
const readme =
  '# Title\n\n[why](docs/ARCHITECTURE.md#why-so)\n\n```sh\n# first\nnpm ci\nnpm run \\\n  demo\n```\n\n`npm test`\n'

/** A repository in which nothing is wrong. */
const sound = {
  LICENSE: 'licence',
  'README.md': readme,
  'README-CN.md': readme.replace('# Title', '# 标题'),
  'docs/ARCHITECTURE.md': '# Architecture\n\n## Why so?\n\n- `left-pad`: pads on the left, which is hard\n',
  'packages/sdk/LICENSE': 'licence',
  'packages/sdk/package.json': JSON.stringify({
    name: 'sdk',
    license: 'Apache-2.0',
    dependencies: { 'left-pad': '1' },
  }),
  'package-lock.json': lock({ 'node_modules/left-pad': { version: '1.0.0', integrity: 'sha512-x' } }),
}

let folder: string | undefined
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

test('a sound repository passes', () => {
  expect(check({})).toEqual({ status: 0, problems: [] })
})

// Joined from pieces where this file would itself be found by the check.
const keyId = ['LTAI', '5tAbCdEfGhIjKlMnOpQr'].join('')
const privateKey = ['-----BEGIN', 'EC PRIVATE KEY-----'].join(' ')
const machinePath = ['', 'home', 'someone', 'x'].join('/')

test.each<[problem: string, files: Record<string, string>]>([
  [
    "package-lock.json: node_modules/left-pad is resolved to an address; npm install with the repository's .npmrc leaves it out",
    {
      'package-lock.json': lock({ 'node_modules/left-pad': { resolved: 'https://example.com/x.tgz', integrity: 'y' } }),
    },
  ],
  [
    'package-lock.json: node_modules/left-pad has no integrity',
    { 'package-lock.json': lock({ 'node_modules/left-pad': {} }) },
  ],
  ['a.ts:2 looks like an access key id', { 'a.ts': `\n'${keyId}'` }],
  ['a.ts:1 is a private key', { 'a.ts': privateKey }],
  ['a.ts:1 names a path of a machine', { 'a.ts': `open('${machinePath}')` }],
  ['docs/a.md:1 ../none.md: no such file in git', { 'docs/a.md': '[x](../none.md)' }],
  ['docs/a.md:1 ../README.md#none: no such heading', { 'docs/a.md': '[x](../README.md#none)' }],
  ['docs/a.md:1 b.png: no such file in git', { 'docs/a.md': '![x](b.png)' }],
  ['docs/a.md:1 c.md: no such file in git', { 'docs/a.md': '[x]: c.md' }],
  [
    'left-pad (packages/sdk) has no line with `left-pad` and a reason',
    { 'docs/ARCHITECTURE.md': '## Why so\n- `left-pad`' },
  ],
  ['packages/sdk/LICENSE differs from LICENSE', { 'packages/sdk/LICENSE': 'another' }],
  ['README.md:5 and README-CN.md:5 differ', { 'README-CN.md': readme.replace('npm ci', 'npm install') }],
])('%s', (problem, files) => {
  expect(check(files)).toEqual({ status: 1, problems: [problem] })
})

test('the quick start is two commands', () => {
  const long = readme.replace('npm ci\n', 'npm ci\nnpm run build\n')
  const { problems } = check({ 'README.md': long, 'README-CN.md': long })
  expect(problems).toEqual(['README.md:5 the first sh block has 3 commands'])
})

test('code, vectors and addresses are not taken for links, secrets or paths', () => {
  const files = {
    'docs/a.md':
      '`[x](none.md)`\n\n```md\n[x](none.md)\n```\n\n[x](https://example.com/work/home/) [y](../docs) [z](#a)\n\n# a',
    'packages/sdk/test/vectors/key.pem': privateKey,
  }
  expect(check(files)).toEqual({ status: 0, problems: [] })
})

function lock(packages: Record<string, object>): string {
  return JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...packages } })
}

/** Runs the check on the sound repository with some files put in or replaced. */
function check(files: Record<string, string>): { status: number | null; problems: string[] } {
  folder = mkdtempSync(join(tmpdir(), 'osscrypt-repository-'))
  for (const [path, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  execFileSync('git', ['add', '--all'], { cwd: folder })
  const { status, stdout } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' })
  const problems = stdout.split('\n').filter((line) => line.startsWith('   '))
  return { status, problems: problems.map((line) => line.trim()) }
}
