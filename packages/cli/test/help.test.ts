import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { EncryptionSdk, KmsDataKeyProvider, KmsSigner } from 'osscrypt'
import { corsRule, OssEncryptionClient } from 'osscrypt/oss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../src/commands.js'
import { optionsOf } from '../src/command-options.js'
import { createProgram } from '../src/program.js'
import { isRedisInstalled, startRedis } from '../../../tools/redis-server.mjs'
import { Bench } from './command.js'

const hasRedis = isRedisInstalled()
if (!hasRedis) console.log('redis-server is not there: the examples of jobs over Redis are not tried')

let bench: Bench
let env: Record<string, string>
let redis: Awaited<ReturnType<typeof startRedis>> | undefined
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : undefined
  bench = await Bench.open()
  env = {
    NEW_CMK: await bench.cloud.createKey(),
    SIGNING_KEY: await bench.cloud.createKey({ keySpec: 'EC_P256' }),
    OSSCRYPT_QUEUE: redis?.url ?? '',
  }
  await bench.cloud.kms.call('CreateAlias', { AliasName: 'alias/osscrypt-local', KeyId: bench.cmk })
  mkdirSync(bench.path('photos'))
  for (const name of ['report.pdf', 'photos/sea.jpg']) writeFileSync(bench.path(name), `content of ${name}`)
  expect((await bench.run('local', 'start')).code).toBe(0)
})
afterAll(async () => {
  await redis?.close()
  await bench.run('local', 'stop')
  await bench.close()
})

/** Puts there what examples find: the files and objects that they speak of, and none that they make. */
async function prepare(): Promise<void> {
  for (const name of ['photos-copy', 'report-copy.pdf']) rmSync(bench.path(name), { recursive: true, force: true })
  const store = new OSS(bench.cloud.ossOptions('my-bucket'))
  const { objects = [] } = (await store.listV2({ 'max-keys': '1000' }, {})) as { objects?: { name: string }[] }
  for (const { name } of objects) await store.delete(name)
  const access = { endpoint: bench.cloud.kms.endpoint, credentials: bench.cloud.credentials }
  const dataKeys = new KmsDataKeyProvider(bench.cmk, access)
  const client = new OssEncryptionClient({ store, dataKeys })
  await store.putBucketCORS('my-bucket', [corsRule(['https://app.example.com'])] as unknown as OSS.CORSRule[])
  await client.put('photos/sea.jpg', bench.path('photos/sea.jpg'))
  await client.put('report.pdf', bench.path('report.pdf'))
  await client.put('video.mp4', bench.path('report.pdf'), { format: 'floe' })
  const report = readFileSync(bench.path('report.pdf'))
  writeFileSync(bench.path('report.pdf.enc'), (await new EncryptionSdk({ dataKeys }).encrypt(report)).message)
  const signer = new KmsSigner(env['SIGNING_KEY'] ?? '', access)
  writeFileSync(bench.path('report.sig'), await signer.sign(report, { algorithm: 'ECDSA_SHA_256' }))
}

const startAudit = [
  'rm -f audit-1.jsonl',
  'osscrypt jobs cancel audit-1 --forget -q',
  'osscrypt jobs start audit oss://my-bucket/ --job audit-1 -q',
]

/** What is done before the examples of commands that would find what others leave behind; what comes of it does not matter. */
const needs: Readonly<Record<string, readonly string[]>> = {
  encrypt: ['rm -f report.pdf.enc body body.json'],
  decrypt: ['osscrypt encrypt report.pdf -f -o body --metadata body.json -q'],
  sign: ['rm -f report.sig'],
  'local start': ['osscrypt local stop -q'],
  'local stop': ['osscrypt local start -q'],
  'local status': ['osscrypt local start -q'],
  'keys create': ['osscrypt local start -q'],
  'config get': ['osscrypt config set region cn-hangzhou -q'],
  ...Object.fromEntries(
    ['worker', 'status', 'pause', 'resume', 'cancel', 'failed', 'requeue'].map((name) => [`jobs ${name}`, startAudit]),
  ),
}

const needsRedis = /^jobs (?:start|worker|status|pause|resume|cancel|failed|requeue)$/
// What asks on a terminal, serves until it is ended, or is about a job that has ended has tests of its own: config-init.test.ts, console.test.ts,
// jobs-queue.test.ts.
const elsewhere = ['config init', 'console', 'jobs prove']
const examples = commands
  .filter(({ name }) => !elsewhere.includes(name) && (hasRedis || !needsRedis.test(name)))
  .flatMap((spec) => spec.examples.map((example) => ({ name: spec.name, example })))

/** The words of a line that any shell would take apart in this way; undefined where more than that is asked of one. */
function wordsOf(line: string): readonly string[] | undefined {
  const [command, ...words] = line.match(/(?:'[^']*'|[^\s'])+/g) ?? []
  const isPlain = !/[|<>;&()`*?~\\\n]/.test(line.replaceAll(/'[^']*'/g, ''))
  if (command !== 'osscrypt' || !isPlain) return undefined
  return words.map((word) => word.replaceAll(/['"]/g, '').replace(/^\$(\w+)$/, (_all, name: string) => env[name] ?? ''))
}

/** In this process where that is the same. */
function runLine(line: string, env: Readonly<Record<string, string>>): ReturnType<Bench['shell']> {
  const words = wordsOf(line)
  return words ? bench.runIn(env, ...words) : bench.shell(`set -o pipefail\n${line}`, env)
}

test.each(examples)('the example of $name works: $example', { timeout: 60_000 }, async ({ name, example }) => {
  const cloudless = /^(?:local|config|completion|demo|man\b)/.test(name)
  if (!cloudless) await prepare()
  for (const line of needs[name] ?? []) await runLine(line, env)
  const ended = await runLine(example, name === 'keys create' ? { ...env, OSSCRYPT_PROFILE: 'local' } : env)
  expect(ended.code).toBe(0)
  // What is under a new CMK is not read yet: that is said.
  expect(ended.stderr).toMatch(name.endsWith('rewrap') ? /^osscrypt: to read them, name the new CMK, too: .*\n$/ : /^$/)
})

test('--help shows every option and the example of every command', async () => {
  const program = createProgram(commands, () => Promise.resolve())
  for (const spec of commands) {
    const command = spec.name
      .split(' ')
      .reduce((parent, name) => parent.commands.find((each) => each.name() === name)!, program)
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    for (const [flags] of optionsOf(spec)) expect(help).toContain(flags)
    for (const example of spec.examples) expect(help).toContain(example)
  }
  // As a process, on stdout.
  for (const name of ['cp', 'jobs encrypt']) {
    const { code, stdout, stderr } = await bench.run(...name.split(' '), '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(commands.find((spec) => spec.name === name)?.examples[0])
  }
})

test('without a command, help is shown; groups show theirs', async () => {
  expect((await bench.run('--help')).stdout).toContain('verify-signature')
  expect((await bench.run('keys', '--help')).stdout).toContain('describe')
  for (const group of [[], ['keys'], ['local'], ['config'], ['uploads'], ['jobs']]) {
    const bare = await bench.run(...group)
    expect(bare).toMatchObject({ code: 2, stdout: '' })
    expect(bare.stderr).toMatch(/^Usage: osscrypt/)
    expect(bare.stderr).not.toContain('outputHelp')
  }
  expect((await bench.run('help', 'cp')).stdout).toContain('<source...> <target>')
  expect((await bench.run('keys', 'destroy')).code).toBe(2)
})

test('what every command takes may stand before it, and in one with others', async () => {
  const ended = await bench.run('--json', '--region', 'cn-hangzhou', 'ls', 'oss://no-such-bucket/')
  expect(ended.json).toMatchObject([{ type: 'error', exitCode: 3 }])
  expect(await bench.run('verify', '-rq', 'oss://my-bucket/none')).toMatchObject({ code: 3, stdout: '' })
  expect((await bench.run('config', 'path', '--region', 'cn-hangzhou')).code).toBe(2)
  const typo = await bench.run('veryfy')
  expect(typo.stderr).toContain("unknown command 'veryfy' (Did you mean verify?)")
})

test('--version loads next to nothing', async () => {
  const { code, stdout } = await bench.start(['--version']).ended
  expect({ code, version: /^\d+\.\d+\.\d+/.test(stdout) }).toEqual({ code: 0, version: true })
  const loaded = await bench.shell('NODE_DEBUG=esm osscrypt --version 2>&1 | grep -c commander || true')
  expect(loaded.stdout.trim()).toBe('0')
})
