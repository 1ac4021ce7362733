import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Bench, type Running } from './command.js'

const MIB = 1024 * 1024

let bench: Bench
let store: OSS
beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
  writeFileSync(bench.path('big'), randomBytes(40 * MIB))
  expect((await bench.run('cp', 'big', 'oss://my-bucket/big')).code).toBe(0)
  bench.cloud.clearRequests()
})
afterEach(() => {
  bench.cloud.faults.clear()
  bench.cloud.clearRequests()
})
afterAll(() => bench.close())

/** Waits until OSS was asked for something so many times. */
async function asked(operation: string, times: number): Promise<void> {
  const seen = () => bench.cloud.requests.filter((request) => request.operation === operation).length
  while (seen() < times) await new Promise((resolve) => setTimeout(resolve, 10))
}

const uploads = async () => ((await store.listUploads({ 'max-uploads': 100 })) as { uploads?: unknown[] }).uploads ?? []
const leftovers = (name: string) => readdirSync(bench.folder).filter((each) => each !== name && each.includes(name))
const slow = (operation: string) => {
  bench.cloud.faults.add({
    service: 'oss',
    operation,
    skip: 1,
    times: Infinity,
    effect: { kind: 'delay', delayMs: 30_000 },
  })
}
const interrupt = async ({ child, ended }: Running, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGINT') => {
  child.kill(signal)
  return ended
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends an upload in parts and leaves no parts in OSS', async (signal) => {
  slow('UploadPart')
  const running = bench.start(['cp', 'big', 'oss://my-bucket/interrupted'])
  await asked('UploadPart', 2)
  const ended = await interrupt(running, signal)
  expect(ended).toMatchObject({ code: 130, stdout: '' })
  expect(ended.stderr).toContain('interrupted')
  expect(await uploads()).toEqual([])
  expect((await bench.run('stat', 'oss://my-bucket/interrupted')).code).toBe(3)
})

test('Ctrl-C ends a download and leaves no file', async () => {
  slow('GetObject')
  const running = bench.start(['cp', 'oss://my-bucket/big', 'down', '--json'])
  await asked('GetObject', 2)
  const ended = await interrupt(running)
  expect(ended.code).toBe(130)
  expect(ended.json).toMatchObject([{ type: 'error', code: 'Interrupted', exitCode: 130 }])
  expect(readdirSync(bench.folder).filter((name) => name.includes('down'))).toEqual([])
})

test('Ctrl-C ends a folder, encrypt from a pipe that stands still, and a local cloud in the foreground', async () => {
  slow('GetObject')
  const folder = bench.start(['cp', '-r', 'oss://my-bucket/', 'folder'])
  await asked('GetObject', 2)
  expect((await interrupt(folder)).code).toBe(130)
  expect(existsSync(bench.path('folder/big'))).toBe(false)

  const pipe = bench.shell(
    'mkfifo pipe; osscrypt encrypt -o piped.enc < pipe & exec 3> pipe; sleep 1.5; kill -INT $!; wait $!; exit $?',
  )
  expect((await pipe).code).toBe(130)
  expect(leftovers('piped.enc')).toEqual([])
  expect(existsSync(bench.path('piped.enc'))).toBe(false)

  const local = bench.start(['local', 'start', '--foreground', '--folder', bench.path('foreground')])
  while (!existsSync(bench.path('foreground/running.json'))) await new Promise((resolve) => setTimeout(resolve, 20))
  await interrupt(local)
  expect(existsSync(bench.path('foreground/running.json'))).toBe(false)
  expect(existsSync(bench.path('foreground/lock'))).toBe(false)
})

test.each(['SIGINT', 'SIGKILL'] as const)('with --checkpoint, an upload is gone on with after %s', async (signal) => {
  const object = `oss://my-bucket/resumed-${signal}`
  const args = ['cp', 'big', object, '--checkpoint', `up-${signal}`, '--parallel', '1']
  slow('UploadPart')
  const running = bench.start(args)
  await asked('UploadPart', 2)
  const ended = await interrupt(running, signal)
  expect(ended.code).toBe(signal === 'SIGINT' ? 130 : null)
  if (signal === 'SIGINT')
    expect(ended.stderr).toContain(`the same command goes on with it; the state is in up-${signal}`)
  expect(await uploads()).toHaveLength(1)
  bench.cloud.faults.clear()
  bench.cloud.clearRequests()
  expect((await bench.run(...args)).code).toBe(0)
  expect(bench.cloud.requests.filter(({ operation }) => operation === 'UploadPart')).toHaveLength(4)
  expect(await uploads()).toEqual([])
  expect(existsSync(bench.path(`up-${signal}`))).toBe(false)
  expect((await bench.run('verify', object)).code).toBe(0)
})

test.each(['SIGINT', 'SIGKILL'] as const)('with --checkpoint, a download is gone on with after %s', async (signal) => {
  const args = ['cp', 'oss://my-bucket/big', `down-${signal}`, '--checkpoint', `state-${signal}`, '--parallel', '1']
  bench.cloud.faults.add({
    service: 'oss',
    operation: 'GetObject',
    skip: 4,
    times: Infinity,
    effect: { kind: 'delay', delayMs: 30_000 },
  })
  const running = bench.start(args)
  await asked('GetObject', 5)
  expect((await interrupt(running, signal)).code).toBe(signal === 'SIGINT' ? 130 : null)
  expect(existsSync(bench.path(`down-${signal}`))).toBe(false)
  bench.cloud.faults.clear()
  expect((await bench.run(...args)).code).toBe(0)
  expect(readFileSync(bench.path(`down-${signal}`)).equals(readFileSync(bench.path('big')))).toBe(true)
  expect(readdirSync(bench.folder).filter((name) => name.startsWith('.down') || name === `state-${signal}`)).toEqual([])
})
