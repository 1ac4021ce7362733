import { readFileSync, writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** What ali-oss has, and its types do not tell of. */
interface Versioning {
  putBucketVersioning(bucket: string, status: 'Enabled' | 'Suspended'): Promise<unknown>
}

let bench: Bench
const KEY = 'oss://my-bucket/doc'
beforeAll(async () => {
  bench = await Bench.open()
  const store = new OSS(bench.cloud.ossOptions('my-bucket')) as OSS & Versioning
  await store.putBucketVersioning('my-bucket', 'Enabled')
  for (const text of ['first', 'second text']) {
    writeFileSync(bench.path('doc'), text)
    expect((await bench.run('cp', '-f', 'doc', KEY)).code).toBe(0)
  }
  expect((await bench.run('rm', KEY)).code).toBe(0)
  await bench.run('cp', 'doc', 'oss://my-bucket/other')
})
afterAll(() => bench.close())

interface Version {
  readonly type: string
  readonly key: string
  readonly versionId: string
  readonly length: number
}

async function versions(): Promise<readonly Version[]> {
  const { json } = await bench.run('ls', '--versions', '--json', KEY)
  return json as unknown as Version[]
}

/** The version whose plaintext is so long. */
async function idOf(length: number): Promise<string> {
  return (await versions()).find((version) => version.length === length)?.versionId ?? ''
}

test('ls --versions lists all of a key, the newest first, with its own length and id', async () => {
  const listed = await versions()
  expect(listed).toMatchObject([
    { type: 'deleteMarker', key: 'doc', isLatest: true },
    { type: 'object', key: 'doc', length: 11, isLatest: false, format: 'gcm' },
    { type: 'object', key: 'doc', length: 5, isLatest: false },
  ])
  const text = (await bench.run('ls', '--versions', 'oss://my-bucket/')).stdout
  for (const { versionId } of listed) expect(text).toContain(versionId)
  expect(text).toMatch(/ - +\S+ {2}delete marker {2}doc$/m)
  expect(text).toMatch(/ 11 +\S+ {2}latest +other$/m)
  expect((await bench.run('ls', 'oss://my-bucket/')).stdout).not.toContain('doc')
})

test('cat, cp, stat and verify read the version that is named', async () => {
  const [first, second] = [await idOf(5), await idOf(11)]
  expect((await bench.run('cat', KEY)).code).toBe(3)
  expect((await bench.run('cat', KEY, '--version-id', first)).stdout).toBe('first')
  expect((await bench.run('cat', KEY, '--version-id', second)).stdout).toBe('second text')
  expect((await bench.run('cp', KEY, 'down', '--version-id', first)).code).toBe(0)
  expect(readFileSync(bench.path('down'), 'utf8')).toBe('first')
  expect((await bench.run('stat', '--json', KEY, '--version-id', first)).json).toMatchObject([
    { length: 5, versionId: first },
  ])
  expect((await bench.run('verify', KEY, '--version-id', second)).code).toBe(0)
  expect((await bench.run('cp', KEY, 'oss://my-bucket/copy', '--version-id', first)).code).toBe(0)
  expect((await bench.run('cat', 'oss://my-bucket/copy')).stdout).toBe('first')
})

test('a version is of one object', async () => {
  for (const args of [
    ['verify', '-r', 'oss://my-bucket/'],
    ['rm', KEY, 'oss://my-bucket/other'],
    ['cat', 'oss://my-bucket/*'],
    ['cp', '-r', 'oss://my-bucket/', 'x'],
  ]) {
    const ended = await bench.run(...args, '--version-id', 'x')
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.stderr).toContain('--version-id is of one object')
  }
})

test('rm and mv with a version take that one away, and no other', async () => {
  for (const text of ['1', '22', '333', '4444']) {
    writeFileSync(bench.path('v'), text)
    await bench.run('cp', '-f', 'v', 'oss://my-bucket/v')
  }
  const list = async () =>
    (await bench.run('ls', '--versions', '--json', 'oss://my-bucket/v')).json as unknown as Version[]
  const idOfLength = async (length: number) => (await list()).find((each) => each.length === length)?.versionId ?? ''
  const gone = await idOfLength(2)
  expect((await bench.run('rm', 'oss://my-bucket/v', '--version-id', gone)).code).toBe(0)
  expect((await bench.run('rm', 'oss://my-bucket/v', '--version-id', gone)).code).toBe(3)
  expect((await bench.run('mv', 'oss://my-bucket/v', 'moved', '--version-id', await idOfLength(1))).code).toBe(0)
  expect(readFileSync(bench.path('moved'), 'utf8')).toBe('1')
  expect((await list()).map(({ type, length }) => [type, length])).toEqual([
    ['object', 4],
    ['object', 3],
  ])
  expect((await bench.run('cat', 'oss://my-bucket/v')).stdout).toBe('4444')
})

test(
  'rm --all-versions deletes every version and delete marker of what is meant, together, and nothing else',
  { timeout: 180_000 },
  async () => {
    const store = new OSS(bench.cloud.ossOptions('my-bucket'))
    for (const name of ['all/a', 'all/b', 'all/a', 'all/ begins', 'allthesame', 'all/a2'])
      await store.put(name, Buffer.from(name))
    await store.delete('all/b')
    const below = async (key: string) =>
      (await bench.run('ls', '-r', '--stored', '--versions', '--json', `oss://my-bucket/${key}`)).json.map(
        (each) => each['key'],
      )
    const [refused, both, whole] = [
      await bench.run('rm', '-r', '--all-versions', 'oss://my-bucket/all/'),
      await bench.run('rm', '--all-versions', '--version-id', 'x', KEY),
      await bench.run('rm', '-r', '--all-versions', '--yes', 'oss://my-bucket/'),
    ]
    expect([refused, both, whole].map(({ code }) => code)).toEqual([2, 2, 2])
    expect(refused.stderr).toContain('all versions of everything below oss://my-bucket/all/')
    const dry = await bench.run('rm', '-r', '--all-versions', '--dry-run', 'oss://my-bucket/all/')
    expect(dry.stdout).toMatch(/would delete oss:\/\/my-bucket\/all\/b \(delete marker \S+\)\n/)
    expect(dry.stdout + dry.stderr).toContain('6 versions to delete')
    expect(await below('all')).toHaveLength(7)

    // One object, and not what only begins with its key.
    expect((await bench.run('rm', '--all-versions', 'oss://my-bucket/all/a')).code).toBe(2)
    const one = await bench.run('rm', '--all-versions', '--yes', '--json', 'oss://my-bucket/all/a')
    expect(one.json).toMatchObject([
      { type: 'deleted', object: 'oss://my-bucket/all/a', deleteMarker: false },
      { type: 'deleted', object: 'oss://my-bucket/all/a', deleteMarker: false },
      { type: 'summary', done: 2 },
    ])
    expect((await bench.run('rm', '--all-versions', '--yes', 'oss://my-bucket/all/a')).code).toBe(3)
    expect(await below('all/a')).toEqual(['all/a2'])

    bench.cloud.clearRequests()
    const all = await bench.run(
      'rm',
      '-r',
      '--all-versions',
      '--yes',
      '--json',
      '--exclude',
      'a2',
      'oss://my-bucket/all',
    )
    expect(all.code).toBe(0)
    expect(all.json.filter((each) => each['deleteMarker'] === true)).toHaveLength(1)
    expect(await below('all')).toEqual(['all/a2', 'allthesame'])
    const asked = (name: string) => bench.cloud.requests.filter(({ operation }) => operation === name).length
    expect([asked('DeleteMultipleObjects'), asked('DeleteObject')]).toEqual([1, 0])

    expect((await bench.run('rm', '--all-versions', '--yes', 'oss://my-bucket/all*')).code).toBe(0)
    expect(await below('all')).toEqual(['all/a2'])
  },
)

test('an old version comes back under its own key: nothing is in its way once it was deleted, --force replaces what is', async () => {
  const back = 'oss://my-bucket/back'
  for (const text of ['old', 'newer text']) {
    writeFileSync(bench.path('back'), text)
    expect((await bench.run('cp', '-f', 'back', back)).code).toBe(0)
  }
  const { json } = await bench.run('ls', '--versions', '--json', back)
  const old = (json as unknown as Version[]).find(({ length }) => length === 3)?.versionId ?? ''
  const refused = await bench.run('cp', '--version-id', old, back, back)
  expect(refused.stderr).toContain('(Exists)')
  expect((await bench.run('cp', '-f', '--version-id', old, back, back)).code).toBe(0)
  expect((await bench.run('cat', back)).stdout).toBe('old')
  expect((await bench.run('rm', back)).code).toBe(0)
  expect((await bench.run('cp', '--version-id', old, back, back)).code).toBe(0)
  expect((await bench.run('cat', back)).stdout).toBe('old')
  expect((await bench.run('cp', '-f', back, back)).stderr).toContain('(SameObject)')
})
