import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const TARGET = 'oss://my-bucket/photos'
let bench: Bench
let store: OSS
beforeEach(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
  mkdirSync(bench.path('photos/sub/empty'), { recursive: true })
  for (const name of ['one', 'two', 'sub/three']) {
    writeFileSync(bench.path(`photos/${name}`), `content of ${name}`)
    utimesSync(bench.path(`photos/${name}`), 1_600_000_000, 1_600_000_000)
  }
  expect((await bench.run('cp', '-r', 'photos', TARGET)).code).toBe(0)
  bench.cloud.clearRequests()
})
afterEach(() => bench.close())

const check = (...args: string[]) => bench.run('check', ...args)
const read = (operation: string) => bench.cloud.requests.some((request) => request.operation === operation)
const WRITING = /^(Put|Copy|Delete|Initiate|Upload|Complete|Abort)/

test('what is the same is the same, without a byte read or a key asked for, and with all read', async () => {
  const quick = await check('photos', TARGET)
  expect(quick).toMatchObject({ code: 0, stdout: '4 objects the same\n', stderr: '' })
  expect(read('GetObject') || read('Decrypt')).toBe(false)
  expect(await check('-v', 'photos', `${TARGET}/`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`same ${TARGET}/one`) as string,
  })
  const whole = await check('--content', 'photos', TARGET)
  expect(whole.code).toBe(0)
  expect(read('GetObject')).toBe(true)
  expect(bench.cloud.requests.filter(({ operation }) => WRITING.test(operation))).toEqual([])
})

test('what is missing, only there, or different is said, and has an exit code of its own', async () => {
  writeFileSync(bench.path('photos/new'), 'not stored')
  rmSync(bench.path('photos/two'))
  writeFileSync(bench.path('photos/one'), 'longer than it was')
  const ended = await check('photos', TARGET)
  expect(ended.code).toBe(10)
  expect(ended.stdout.split('\n')).toEqual(
    expect.arrayContaining([
      `missing   ${TARGET}/new: it is not in OSS`,
      `extra     ${TARGET}/two: it is in OSS only`,
      `different ${TARGET}/one: it has another length`,
    ]),
  )
  expect((await check('photos', TARGET, '--json')).json.at(-1)).toMatchObject({ done: 2, different: 3, failed: 0 })
  const oneWay = await check('photos', TARGET, '--one-way', '--exclude', 'new', '--exclude', 'one', '-q')
  expect(oneWay).toMatchObject({ code: 0, stdout: '' })
  expect((await check('photos', TARGET, '-q')).stdout).toMatch(/^(missing|extra|different) /)
  expect(readdirSync(bench.path('photos')).sort()).toEqual(['new', 'one', 'sub'])
})

test('times tell of an edit of the same length; contents do, whatever the times', async () => {
  writeFileSync(bench.path('photos/one'), 'CONTENT of one')
  expect((await check('photos', TARGET)).stdout).toContain(`different ${TARGET}/one: it has another time`)
  utimesSync(bench.path('photos/one'), 1_600_000_000, 1_600_000_000)
  expect((await check('photos', TARGET)).code).toBe(0)
  const whole = await check('--content', 'photos', TARGET)
  expect(whole.code).toBe(10)
  expect(whole.stdout).toContain(`different ${TARGET}/one: it has another content`)
  writeFileSync(bench.path('photos/one'), 'content of one')
  expect((await check('--content', 'photos', TARGET)).code).toBe(0)
})

test('what was changed in OSS is tampering with --content; an envelope taken away is seen without', async () => {
  const { meta } = await store.head('photos/one')
  const content = (await store.get('photos/one')).content as Buffer
  content[0]! ^= 1
  await store.put('photos/one', content, { meta })
  expect((await check('photos', TARGET)).code).toBe(0)
  const tampered = await check('--content', 'photos', TARGET)
  expect(tampered.code).toBe(5)
  expect(tampered.stderr).toMatch(/NOT what was written.*\n {2}oss:\/\/my-bucket\/photos\/one\n$/)
  await store.put('photos/two', Buffer.from('content of two'))
  const plain = await check('photos', TARGET)
  expect(plain.code).toBe(8)
  expect(plain.stderr).toContain('NotEncrypted')
})

test('links are left out, and make it incomplete; -L follows them', async () => {
  symlinkSync('one', bench.path('photos/link'))
  const ended = await check('photos', TARGET)
  expect(ended.code).toBe(8)
  expect(ended.stdout).toContain('1 LEFT OUT')
  expect((await check('-L', 'photos', TARGET)).stdout).toContain(`missing   ${TARGET}/link`)
})

test('one file with one object, by its name', async () => {
  expect(await check('photos/one', `${TARGET}/one`)).toMatchObject({ code: 0 })
  expect(await check('--content', 'photos/one', `${TARGET}/`)).toMatchObject({ code: 0 })
  expect((await check('photos/one', `${TARGET}/sub/`)).stdout).toContain(`missing   ${TARGET}/sub/one`)
  expect((await check('photos/one', `${TARGET}/two`)).code).toBe(2)
  expect((await check(TARGET, 'photos')).code).toBe(2)
  expect((await check('no-such-folder', TARGET)).code).toBe(3)
  expect((await check('photos', 'oss://no-such-bucket/')).code).toBe(3)
  expect((await check('photos/one', 'oss://no-such-bucket/')).code).toBe(3)
})
