import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const MIB = 1024 * 1024
let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('large'), Buffer.alloc(40 * MIB))
  mkdirSync(bench.path('small'))
  for (let index = 0; index < 60; index++) writeFileSync(bench.path(`small/${index}`), Buffer.alloc(20_000))
})
afterEach(() => bench.cloud.faults.clear())
afterAll(() => bench.close())

const hasScript = spawnSync('script', ['--version']).status === 0
if (!hasScript) console.log('util-linux `script` is not there: nothing is tried on a terminal')
const onTerminal = test.skipIf(!hasScript)

/** Makes some requests slow, so that there is something to be seen. */
function slow(operation: string, delayMs: number, times: number): void {
  for (let each = 0; each < times; each++)
    bench.cloud.faults.add({ service: 'oss', operation, skip: 1, effect: { kind: 'delay', delayMs } })
}

/** All that a terminal of so many columns is sent. */
async function onScreen(line: string, columns: number, term = 'xterm'): Promise<string> {
  const command = `stty cols ${columns} rows 30; ${line}`
  return (await bench.shell(`script -qec '${command}' /dev/null < /dev/null`, { TERM: term })).stdout
}

/** The lines that are drawn one after the other, without what moves the cursor. */
function frames(screen: string): readonly string[] {
  // eslint-disable-next-line no-control-regex -- what moves the cursor
  const lines = screen.split(/(?:\u001b\[[\d;?]*[A-Za-z]|[\r\n])+/)
  return lines.filter((line) => /^(looking|reading|sending|receiving|verifying|copying) /.test(line))
}

onTerminal.each(['', '--quiet', '--json', '--progress none'])(
  'one line, drawn and taken away; with "%s"',
  async (options) => {
    slow('UploadPart', 500, 3)
    const screen = await onScreen(`osscrypt cp -f large oss://my-bucket/large ${options}`, 120)
    expect(frames(screen).some((line) => /MiB of 40\.0 MiB +\d+ % .*\/s +\d+:\d\d left +\d+ parts/.test(line))).toBe(
      options === '',
    )
    // Never more than there is, whatever was sent twice.
    for (const [, done] of screen.matchAll(/([\d.]+) MiB of 40\.0 MiB/g)) expect(Number(done)).toBeLessThanOrEqual(40)
    expect(screen).not.toContain('\u001b[3')
  },
)

onTerminal('a narrow terminal gets what matters most, on one line', async () => {
  slow('UploadPart', 500, 3)
  const drawn = frames(await onScreen('osscrypt cp -f large oss://my-bucket/large', 36))
  expect(drawn.length).toBeGreaterThan(2)
  for (const line of drawn) expect(line.length).toBeLessThan(36)
  expect(drawn.some((line) => /^sending {2}[\d.]+ MiB of 40\.0 MiB {2}\d+ %$/.test(line))).toBe(true)
})

onTerminal('a terminal that cannot move its cursor gets lines, seldom', async () => {
  slow('UploadPart', 12_000, 3)
  const screen = await onScreen('osscrypt cp -f large oss://my-bucket/large', 120, 'dumb')
  expect(screen).not.toContain('\u001b')
  const drawn = frames(screen)
  expect(drawn.length).toBeGreaterThan(0)
  expect(drawn.length).toBeLessThan(4)
})

onTerminal('nothing is drawn for who draws on the same terminal', async () => {
  await bench.run('cp', '-f', 'large', 'oss://my-bucket/large')
  slow('GetObject', 1500, 3)
  expect(frames(await onScreen('osscrypt cat oss://my-bucket/large | tail -c 1', 120))).toEqual([])
})

onTerminal('many small files are counted, with their bytes', async () => {
  slow('PutObject', 400, 30)
  const drawn = frames(await onScreen('osscrypt cp -rf small oss://my-bucket/small', 120))
  expect(drawn.some((line) => /^sending {2}.* of 1\.1 MiB {2}\d+ % .* \d+ of 60 files$/.test(line))).toBe(true)
})

onTerminal('copies inside a bucket and between two show how far they are', async () => {
  await bench.run('cp', '-f', 'large', 'oss://my-bucket/large')
  for (const target of ['oss://my-bucket/copy', 'oss://other-bucket/copy']) {
    slow('UploadPart', 500, 3)
    const drawn = frames(await onScreen(`osscrypt cp -f oss://my-bucket/large ${target}`, 120))
    expect(drawn.some((line) => /^copying {2}[\d.]+ MiB of 40\.0 MiB {2}[1-9]\d* %/.test(line))).toBe(true)
  }
})

test('without a terminal nothing is shown, but JSON to who asks for it', async () => {
  const plain = await bench.run('cp', '-f', 'large', 'oss://my-bucket/large')
  expect(plain).toMatchObject({ code: 0, stderr: '', stdout: 'uploaded large -> oss://my-bucket/large\n' })
  slow('UploadPart', 1500, 3)
  const { stderr } = await bench.run('cp', '-f', '--progress', 'json', 'large', 'oss://my-bucket/large')
  const events = stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(events.at(-1)).toMatchObject({ type: 'progress', phase: 'sending', total: 40 * MIB })
})
