import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const MIB = 1024 * 1024

let bench: Bench
let store: OSS
beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
  writeFileSync(bench.path('a.txt'), 'hello\n')
})
afterEach(() => {
  bench.cloud.faults.clear()
  bench.cloud.clearRequests()
})
afterAll(() => bench.close())

const asked = async (operation: string, times: number) => {
  const seen = () => bench.cloud.requests.filter((request) => request.operation === operation).length
  while (seen() < times) await new Promise((resolve) => setTimeout(resolve, 10))
}
const slow = (operation: string, delayMs = 30_000) =>
  bench.cloud.faults.add({ service: 'oss', operation, skip: 1, times: Infinity, effect: { kind: 'delay', delayMs } })
const uploads = async () => ((await store.listUploads({ 'max-uploads': 100 })) as { uploads?: unknown[] }).uploads ?? []
const changeObject = async (key: string) => {
  const { meta } = await store.head(key)
  const content = (await store.get(key)).content as Buffer
  content[0]! ^= 1
  await store.put(key, content, { meta })
}

test.each(['gcm', 'floe'])(
  '1: an edit during an upload of a %s object is noticed, nothing stored, nothing deleted',
  async (format) => {
    const name = `edited-${format}`
    writeFileSync(bench.path(name), randomBytes(40 * MIB))
    slow('UploadPart', 1500)
    const running = bench.start(['mv', name, `oss://my-bucket/${name}`, '--format', format])
    await asked('UploadPart', 2)
    const file = openSync(bench.path(name), 'r+')
    writeSync(file, Buffer.from('edited'), 0, 6, 1000)
    closeSync(file)
    const ended = await running.ended
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('SourceChanged')
    expect(existsSync(bench.path(name))).toBe(true)
    expect((await bench.run('stat', `oss://my-bucket/${name}`)).code).toBe(3)
    expect(await uploads()).toEqual([])
  },
)

test('2: sync sees an edit of the same length in the same second, and fetches nothing again after an up and a down', async () => {
  mkdirSync(bench.path('times'))
  writeFileSync(bench.path('times/one'), 'one')
  writeFileSync(bench.path('times/two'), 'two')
  utimesSync(bench.path('times/two'), 1_500_000_000.25, 1_500_000_000.25)
  chmodSync(bench.path('times/two'), 0o600)
  const sync = async (...args: string[]) => (await bench.run('sync', '--json', ...args)).json.at(-1)
  expect(await sync('times', 'oss://my-bucket/times')).toMatchObject({ done: 2 })
  writeFileSync(bench.path('times/one'), 'ONE')
  expect(await sync('times', 'oss://my-bucket/times')).toMatchObject({ done: 1, skipped: 1 })
  expect(await sync('oss://my-bucket/times', 'times-down')).toMatchObject({ done: 2 })
  const { mtimeMs, mode } = statSync(bench.path('times-down/two'))
  expect([Math.round(mtimeMs), mode & 0o777]).toEqual([1_500_000_000_250, 0o600])
  expect(await sync('oss://my-bucket/times', 'times-down')).toMatchObject({ done: 0, skipped: 2 })
  expect(await sync('times-down', 'oss://my-bucket/times')).toMatchObject({ done: 0, skipped: 2 })
  // Whoever can write to the bucket does not let others in by a mode.
  await bench.run('cp', 'a.txt', 'oss://my-bucket/open', '--meta', 'mode=0777', '--meta', 'mtime=x')
  await bench.run('cp', 'oss://my-bucket/open', 'open')
  expect(statSync(bench.path('open')).mode & 0o022).toBe(0)
  await bench.run('cp', '--no-preserve', 'times/two', 'oss://my-bucket/plain-times')
  expect((await bench.run('stat', '--json', 'oss://my-bucket/plain-times')).json[0]).toMatchObject({ meta: {} })
})

test('3: bytes are added up; what is left out is counted, told of, incomplete, and no reason to delete', async () => {
  mkdirSync(bench.path('many/links'), { recursive: true })
  let length = 0
  for (let index = 0; index < 40; index++) {
    writeFileSync(bench.path(`many/${index}`), 'x'.repeat(index * 1000))
    length += index * 1000
  }
  writeFileSync(bench.path('many/becomes-link'), 'y')
  const first = await bench.run('cp', '-r', '--json', 'many', 'oss://my-bucket/many')
  expect(first.code).toBe(0)
  expect(first.json.at(-1)).toMatchObject({ done: 42, bytes: length + 1, complete: true })
  await bench.shell(
    'rm many/becomes-link; ln -s /etc/passwd many/becomes-link; mkfifo many/fifo; touch many/$(printf "\\377")',
  )
  const second = await bench.run('sync', '--delete', '--json', 'many', 'oss://my-bucket/many')
  expect(second.code).toBe(8)
  expect(second.json.filter(({ type }) => type === 'omitted')).toHaveLength(3)
  expect(second.json.at(-1)).toMatchObject({ omitted: 3, failed: 0, complete: false, deleted: 0 })
  expect((await bench.run('cat', 'oss://my-bucket/many/becomes-link')).stdout).toBe('y')
  // All that is left is left out: that is no source of anything, as an empty one is none.
  await bench.shell('mkdir only-link; ln -s /etc/passwd only-link/other')
  const none = await bench.run('sync', '--delete', 'only-link', 'oss://my-bucket/many')
  expect(none.code).toBe(9)
  expect(none.stderr).toContain('EmptySource')
  expect((await bench.run('cat', 'oss://my-bucket/many/becomes-link')).stdout).toBe('y')
  const followed = await bench.run(
    'cp',
    '-r',
    '-L',
    '-f',
    '--include',
    'becomes-link',
    'many',
    'oss://my-bucket/followed',
  )
  expect(followed.code).toBe(0)
})

test('4: a name that could not come back is refused on the way up', async () => {
  mkdirSync(bench.path('names'))
  for (const name of ['back\\slash', 'tab\t', 'new\nline', 'esc\u001b[31m', 'good'])
    writeFileSync(bench.path(`names/${name}`), '')
  const up = await bench.run('cp', '-r', 'names', 'oss://my-bucket/names')
  expect(up.code).toBe(8)
  expect(up.stdout).toContain('1 object uploaded, 4 FAILED (UnsafeKey)')
  // eslint-disable-next-line no-control-regex -- what a terminal would obey
  expect(up.stderr + up.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  expect((await bench.run('cp', 'names/tab\t', 'oss://my-bucket/names/')).code).toBe(9)
  expect((await bench.run('cp', '-r', 'oss://my-bucket/names', 'names-down')).code).toBe(0)
})

test('4: a key that a request would make another of is not taken for that', async () => {
  await bench.run('cp', 'a.txt', 'oss://my-bucket/lead')
  expect((await bench.run('rm', '-f', 'oss://my-bucket//lead')).code).toBe(2)
  expect((await bench.run('cat', 'oss://my-bucket/x/../lead')).code).not.toBe(0)
  expect((await bench.run('cat', 'oss://my-bucket/lead')).stdout).toBe('hello\n')
})

test('5: tampering has the exit code above all others, and a list at the end', async () => {
  for (const name of ['good', 'bad', 'plain']) await bench.run('cp', 'a.txt', `oss://my-bucket/tampered/${name}`)
  await changeObject('tampered/bad')
  await store.put('tampered/plain', Buffer.from('plain'))
  for (const args of [
    ['verify', '-r', 'oss://my-bucket/tampered'],
    ['cp', '-r', 'oss://my-bucket/tampered', 'tampered'],
    ['sync', 'oss://my-bucket/tampered', 'tampered'],
  ]) {
    const ended = await bench.run(...args)
    expect(ended.code).toBe(5)
    expect(ended.stderr).toMatch(/NOT what was written.*1 object\..*\n {2}oss:\/\/my-bucket\/tampered\/bad\n$/)
    expect(ended.stderr).not.toContain('run it again with')
    expect((await bench.run(...args, '--json')).json.at(-1)).toMatchObject({
      tampered: ['oss://my-bucket/tampered/bad'],
    })
  }
  expect(existsSync(bench.path('tampered/bad'))).toBe(false)
})

test('6: a closed terminal leaves nothing behind; what a kill left is listed and aborted', async () => {
  writeFileSync(bench.path('big'), randomBytes(40 * MIB))
  slow('UploadPart')
  const up = bench.start(['cp', 'big', 'oss://my-bucket/hangup'])
  await asked('UploadPart', 2)
  up.child.kill('SIGHUP')
  expect((await up.ended).code).toBe(130)
  expect(await uploads()).toEqual([])
  bench.cloud.clearRequests()
  const killed = bench.start(['cp', 'big', 'oss://my-bucket/killed'])
  await asked('UploadPart', 2)
  killed.child.kill('SIGKILL')
  await killed.ended
  const [pending] = (await bench.run('uploads', 'ls', 'oss://my-bucket/', '--json')).json
  expect(pending).toMatchObject({ type: 'upload', key: 'killed' })
  expect((await bench.run('uploads', 'abort', '--yes', 'oss://my-bucket/')).stdout).toContain('0 objects aborted')
  expect((await bench.run('uploads', 'abort', '--older-than', '0', 'oss://my-bucket/')).code).toBe(2)
  expect((await bench.run('uploads', 'abort', '--older-than', '0', '--yes', 'oss://my-bucket/')).code).toBe(0)
  expect(await uploads()).toEqual([])
  bench.cloud.faults.clear()
  await bench.run('cp', 'big', 'oss://my-bucket/big')
  bench.cloud.clearRequests()
  slow('GetObject')
  const down = bench.start(['cp', 'oss://my-bucket/big', 'hangup-down'])
  await asked('GetObject', 2)
  down.child.kill('SIGHUP')
  expect((await down.ended).code).toBe(130)
  expect(readdirSync(bench.folder).filter((name) => name.includes('hangup-down'))).toEqual([])
})

test('7: two processes do not work on one checkpoint; a lock that a kill left is taken over', async () => {
  writeFileSync(bench.path('locked'), randomBytes(40 * MIB))
  slow('UploadPart')
  const args = ['cp', 'locked', 'oss://my-bucket/locked', '--checkpoint', 'state']
  const first = bench.start(args)
  await asked('UploadPart', 2)
  const second = await bench.run(...args)
  expect(second).toMatchObject({ code: 9, stdout: '' })
  expect(second.stderr).toContain('CheckpointInUse')
  first.child.kill('SIGKILL')
  await first.ended
  bench.cloud.faults.clear()
  expect((await bench.run(...args)).code).toBe(0)
  expect(readdirSync(bench.folder).filter((name) => name.startsWith('state'))).toEqual([])
  writeFileSync(bench.path('no-state'), 'something else', { mode: 0o600 })
  const none = await bench.run('cp', '-f', 'locked', 'oss://my-bucket/locked', '--checkpoint', 'no-state')
  expect(none.code).toBe(2)
  expect(none.stderr).not.toContain('envelope')
  expect(readFileSync(bench.path('no-state'), 'utf8')).toBe('something else')
})

test('8: what is wrong with the whole ends it, and is said once', async () => {
  mkdirSync(bench.path('whole/closed'), { recursive: true })
  for (let index = 0; index < 60; index++) writeFileSync(bench.path(`whole/${index}`), 'x')
  const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('osscrypt: '))
  const noBucket = await bench.run('cp', '-r', 'whole', 'oss://no-such-bucket/')
  expect(noBucket.code).toBe(3)
  expect(lines(noBucket.stderr)).toHaveLength(1)
  const noKms = await bench.run(
    'cp',
    '-r',
    'whole',
    'oss://my-bucket/whole',
    '--kms-endpoint',
    'http://127.0.0.1:9',
    '--retries',
    '1',
  )
  expect(noKms.code).toBe(7)
  expect(lines(noKms.stderr)).toHaveLength(1)
  expect((await bench.run('cp', '-r', 'whole', 'oss://my-bucket/whole')).code).toBe(0)
  const [, , region, account] = bench.cmk.split(':')
  const noKey = await bench.run(
    'rewrap',
    '-r',
    'oss://my-bucket/whole',
    '--to',
    `acs:kms:${region}:${account}:key/nobody`,
  )
  expect(noKey.code).toBe(6)
  expect(lines(noKey.stderr)).toHaveLength(1)
  expect((await bench.run('rewrap', '-r', 'oss://my-bucket/whole', '--to', 'nonsense')).code).toBe(2)
  // A folder that cannot be read is one failure; root reads everything.
  if (process.getuid?.() === 0) return
  chmodSync(bench.path('whole/closed'), 0)
  const closed = await bench.run('cp', '-r', '-f', 'whole', 'oss://my-bucket/whole')
  chmodSync(bench.path('whole/closed'), 0o700)
  expect(closed.code).toBe(8)
  expect(closed.stdout).toContain('60 objects uploaded, 1 FAILED (EACCES)')
})

test('9: verify needs no disk, and a long range no memory', async () => {
  writeFileSync(bench.path('long'), randomBytes(70 * MIB))
  for (const format of ['gcm', 'floe']) {
    await bench.run('cp', 'long', `oss://my-bucket/long-${format}`, '--format', format)
    const nowhere = { TMPDIR: bench.path('no-such-folder'), OSSCRYPT_TEMPORARY_FOLDER: bench.path('no-such-folder') }
    expect((await bench.runIn(nowhere, 'verify', `oss://my-bucket/long-${format}`)).code).toBe(0)
    const range = await bench.shell(
      `osscrypt cat --range 1- --allow-unverified-range oss://my-bucket/long-${format} | cmp - <(tail -c +2 long) && echo same`,
    )
    expect(range.stdout).toBe('same\n')
    const last = await bench.shell(
      `osscrypt cat --range=-20000000 --allow-unverified-range oss://my-bucket/long-${format} | cmp - <(tail -c 20000000 long) && echo same`,
    )
    expect(last.stdout).toBe('same\n')
  }
})

test('10: CMKs that are read with and written under are two lists', async () => {
  const other = await bench.cloud.createKey()
  await bench.run('cp', 'a.txt', 'oss://my-bucket/lists/one')
  const rewrapped = await bench.run('rewrap', '-r', '--to', other, 'oss://my-bucket/lists')
  expect(rewrapped.stderr).toContain(`config set read-cmk ${other}`)
  const unread = await bench.run('cat', 'oss://my-bucket/lists/one')
  expect(unread.code).toBe(6)
  expect(unread.stderr).toContain('--read-cmk')
  expect((await bench.run('cat', 'oss://my-bucket/lists/one', '--read-cmk', other)).stdout).toBe('hello\n')
  const [, , region, account] = bench.cmk.split(':')
  expect((await bench.run('cat', 'oss://my-bucket/lists/one', '--discover', `${account}/${region}`)).stdout).toBe(
    'hello\n',
  )
  expect((await bench.run('cat', 'oss://my-bucket/lists/one', '--discover', `999/${region}`)).code).toBe(6)
  await bench.run('config', 'set', 'read-cmk', other)
  expect((await bench.run('cat', 'oss://my-bucket/lists/one')).stdout).toBe('hello\n')
  await bench.run('cp', 'a.txt', 'oss://my-bucket/lists/two')
  expect((await bench.run('stat', 'oss://my-bucket/lists/two', '--json')).json[0]).toMatchObject({ cmks: [bench.cmk] })
})
