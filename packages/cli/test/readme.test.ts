import { copyFileSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench } from './command.js'

const fileOf = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(async () => {
  await bench.run('local', 'stop')
  await bench.close()
})

test.each([
  ['README.md', '## The command in six lines'],
  ['packages/cli/README.md', '# osscrypt-cli'],
])('the first lines for a shell in %s, under %s, work', { timeout: 60_000 }, async (name, heading) => {
  const text = readFileSync(fileOf(name), 'utf8')
  const [, block] = /```sh\n(.*?)```/s.exec(text.slice(text.indexOf(heading))) ?? []
  expect(block).toContain('osscrypt')
  copyFileSync(fileOf('README.md'), bench.path('README.md'))
  const prepare = 'printf report > report.pdf; mkdir -p photos; printf sea > photos/sea.jpg'
  // In the clone npx finds it; here it is in the path.
  const ended = await bench.shell(`set -eo pipefail; npx() { "$@"; }; ${prepare}\n${block ?? 'false'}`)
  expect(ended).toMatchObject({ code: 0, stderr: '' })
})

test('what the six lines have read back is what they stored', () => {
  expect(readFileSync(bench.path('copy.md'), 'utf8')).toBe(readFileSync(fileOf('README.md'), 'utf8'))
  expect(readFileSync(bench.path('report-copy.pdf'), 'utf8')).toBe('report')
})
