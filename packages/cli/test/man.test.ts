import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { optionsOf } from '../src/command-options.js'
import { commands } from '../src/commands.js'
import { exitCodes } from '../src/exit-codes.js'
import { writeMainManPage, writeManPage } from '../src/help/write-man-page.js'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000 })

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(() => bench.close())

const hasGroff = spawnSync('groff', ['--version']).status === 0
if (!hasGroff) console.log('groff is not there: pages are compared as they are written only')

/** What is written for characters that roff would obey, undone. */
function plain(page: string): string {
  const characters: Readonly<Record<string, string>> = {
    '\\-': '-',
    '\\e': '\\',
    '\\&': '',
    '\\(dq': '"',
    '\\(aq': "'",
    '\\(ga': '`',
    '\\(ha': '^',
    '\\(ti': '~',
    '\\(cq': '’',
  }
  return page.replace(/\\(?:\(..|.)/g, (written) => characters[written] ?? written).replace(/\s+/g, ' ')
}

/** A page as a reader sees it, on one line. */
function shown(page: string): string {
  if (!hasGroff) return plain(page)
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-P-cbou', '-rLL=500n', '-rHY=0', '-ww'], {
    input: page,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  expect(stderr).toBe('')
  return stdout.replace(/\s+/g, ' ')
}

test.each(commands.map((spec) => [spec.name, spec] as const))('the page of %s has all that --help has', (_, spec) => {
  const page = shown(writeManPage(spec, '1.2.3'))
  expect(page).toContain(spec.summary)
  for (const [flags] of optionsOf(spec)) expect(page).toContain(flags)
  for (const example of spec.examples) expect(page).toContain(example)
})

test('the main page has every command and exit code', () => {
  const page = shown(writeMainManPage(commands, '1.2.3'))
  for (const { name, summary } of commands) {
    expect(page).toContain(`osscrypt ${name}`)
    expect(page).toContain(summary)
  }
  for (const [code] of Object.values(exitCodes)) expect(page).toMatch(new RegExp(` ${code} `))
})

test('osscrypt man prints one page, or writes all', async () => {
  expect((await bench.run('man', 'local', 'start')).stdout).toMatch(/^\.TH OSSCRYPT\\-LOCAL\\-START 1/)
  expect((await bench.run('man')).stdout).toContain('.SH "EXIT STATUS"')
  expect((await bench.run('man', 'nonsense')).code).toBe(2)
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-man-'))
  try {
    expect((await bench.run('man', '--folder', folder)).code).toBe(0)
    expect(readdirSync(join(folder, 'man1'))).toHaveLength(commands.length + 1)
    expect(readFileSync(join(folder, 'man1', 'osscrypt-cp.1'), 'utf8')).toContain('\\-\\-recursive')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
