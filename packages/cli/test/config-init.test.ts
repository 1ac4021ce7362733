import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(() => bench.close())

const config = () => bench.path('config/osscrypt/config.toml')

/** What the environment does not tell: the wizard is told it. */
const NOWHERE = { OSS_ENDPOINT: '', OSS_REGION: '', KMS_ENDPOINT: '', OSSCRYPT_CMK: '' }

/** Answers one question after the other, on a terminal. */
async function answering(
  answers: readonly string[],
  ...args: string[]
): Promise<{ code: number | null; seen: string }> {
  const line = ['osscrypt', 'config', 'init', ...args].join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: bench.folder,
    env: { ...bench.env, ...NOWHERE, TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = [...answers]
  let [seen, from] = ['', 0]
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
    // A question ends with a colon and a space, and waits.
    if (!seen.slice(from).endsWith(': ')) return
    from = seen.length
    child.stdin.write(`${waiting.shift() ?? 'no'}\n`)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, seen: seen.replaceAll('\r', '') }
}

test('without a terminal it says which commands do the same', async () => {
  const ended = await bench.run('config', 'init')
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain('osscrypt config set region')
  expect(ended.stderr).toContain('osscrypt doctor')
  expect(existsSync(config())).toBe(false)
})

const hasScript = spawnSync('script', ['--version']).status === 0
if (!hasScript) console.log('util-linux `script` is not there: nothing is asked on a terminal')

test.skipIf(!hasScript)('what is told is tried, asked again where it does not work, and written', async () => {
  const { oss, kms } = bench.cloud
  const answers = ['Mars!', 'cn-hangzhou', oss.endpoint, kms.endpoint, 'no-such-bucket', 'yes', 'my-bucket']
  const { code, seen } = await answering([...answers, 'nonsense', bench.cmk, 'yes'])
  expect(seen).toContain('"Mars!" is no region')
  expect(seen).toMatch(/ok {6}credentials: access key \S+, from ALIBABA_CLOUD_ACCESS_KEY_ID/)
  expect(seen).toMatch(/FAILED {2}OSS at http.*NotFound/)
  expect(seen).toMatch(/ok {6}OSS at http.*bucket my-bucket can be listed/)
  expect(seen).toContain('"nonsense" is no ARN of a CMK')
  expect(seen).toMatch(/ok {6}CMK acs:kms:.*enabled/)
  expect({ code, seen }).toMatchObject({ code: 0 })
  const written = readFileSync(config(), 'utf8')
  expect(written).toContain('region = "cn-hangzhou"')
  expect(written).toContain(bench.cmk)
  expect(written).not.toContain(bench.cloud.credentials.accessKeySecret)
  const env = Object.fromEntries(Object.keys(NOWHERE).map((name) => [name, undefined]))
  const used = await bench.start(['cp', '-', 'oss://my-bucket/by-profile'], { env, input: 'x' }).ended
  expect(used.code).toBe(0)
})

test.skipIf(!hasScript)('what does not work is written only when that is said', async () => {
  const { oss, kms } = bench.cloud
  const places = ['cn-hangzhou', oss.endpoint, kms.endpoint]
  const cmk = 'acs:kms:cn-hangzhou:1:key/nobody'
  const refused = await answering([...places, '', cmk, 'no', 'no'], '--profile', 'broken')
  expect(refused.code).toBe(9)
  expect(refused.seen).toContain('Not all of it works')
  expect(readFileSync(config(), 'utf8')).not.toContain('broken')
  const kept = await answering([...places, '', cmk, 'no', 'yes'], '--profile', 'broken')
  expect(kept.code).toBe(0)
  expect((await bench.run('config', 'get', 'cmk', '--profile', 'broken')).stdout).toBe(`${cmk}\n`)
})
