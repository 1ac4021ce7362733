import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(
    bench.path('register.mjs'),
    `import { register } from 'node:module'\nregister('./note.mjs', import.meta.url)\n`,
  )
  writeFileSync(
    bench.path('note.mjs'),
    `import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + '\\n')
  return next(url, context)
}
`,
  )
})
afterAll(() => bench.close())

// A shell asks the command at each press of Tab.
test.each([
  [['--help'], 0],
  [['jobs', 'encrypt', '--help'], 0],
  [['completion', 'bash'], 0],
  [['complete', '--profiles'], 0],
  [['config', 'path'], 0],
  [['nonsense'], 2],
])('%j loads nothing that works on objects', async (args, code) => {
  const loaded = bench.path('loaded.txt')
  writeFileSync(loaded, '')
  const env = { NODE_OPTIONS: `--import=${bench.path('register.mjs')}`, LOADED: loaded }
  expect(await bench.start(args, { env }).ended).toMatchObject({ code })
  const urls = readFileSync(loaded, 'utf8').split('\n')
  expect(urls.filter((url) => url.includes('/cli/dist/commands/')).length).toBeGreaterThan(20)
  expect(urls.filter((url) => /\/sdk\/dist\/(index\.js|oss\/)|\/node_modules\/(ali-oss|@noble)\//.test(url))).toEqual(
    [],
  )
})
