import { writeFileSync } from 'node:fs'
import OSS from 'ali-oss'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const MINUTE = 60_000
let late = 0
let bench: Bench
beforeAll(async () => {
  bench = await Bench.open({ now: () => Date.now() + late })
  writeFileSync(bench.path('a'), 'old news')
})
afterAll(() => bench.close())

const restore = (...args: string[]) => bench.run('restore', ...args)
const stateOf = async (object: string) => (await restore('--status', '--json', object)).json[0]

test('an archived object is restored, and read when that is done', async () => {
  const object = 'oss://my-bucket/archived'
  expect((await bench.run('cp', 'a', object, '--storage-class', 'Archive')).code).toBe(0)
  const unread = await bench.run('cat', object)
  expect(unread).toMatchObject({ code: 9, stdout: '' })
  expect(unread.stderr).toContain('osscrypt restore')
  expect(await stateOf(object)).toMatchObject({ state: 'archived', storageClass: 'Archive' })
  expect((await restore('--dry-run', object)).stdout).toBe(`would restore ${object}\n`)
  expect(await stateOf(object)).toMatchObject({ state: 'archived' })
  expect(await restore(object, '--days', '3')).toMatchObject({ code: 0, stdout: `being restored: ${object}\n` })
  expect(await stateOf(object)).toMatchObject({ state: 'ongoing' })
  const again = await restore(object)
  expect(again).toMatchObject({ code: 0, stdout: '' })
  expect(again.stderr).toContain('it is being restored')
  late += 2 * MINUTE
  const { until, ...restored } = (await stateOf(object)) as { until: string }
  expect(restored).toMatchObject({ state: 'restored' })
  expect((Date.parse(until) - Date.now()) / MINUTE / 60 / 24).toBeCloseTo(3, 1)
  expect((await bench.run('cat', object)).stdout).toBe('old news')
  const text = await restore('--status', object)
  expect(text.stdout).toMatch(/Archive: it is restored, and can be read until \d{4}-.*Z\n$/)
})

test('of many, those that need it; a cold archive takes a tier', async () => {
  await bench.run('cp', 'a', 'oss://my-bucket/mixed/plain')
  for (const key of ['cold', 'colder'])
    await bench.run('cp', 'a', `oss://my-bucket/mixed/${key}`, '--storage-class', 'ColdArchive')
  const ended = await restore('-r', '--tier', 'Expedited', '--json', 'oss://my-bucket/mixed/')
  expect(ended.code).toBe(0)
  expect(ended.json.at(-1)).toMatchObject({
    done: 2,
    skipped: 1,
    skippedFor: { 'Standard: it can be read as it is': 1 },
  })
  late += 6 * MINUTE
  expect(await stateOf('oss://my-bucket/mixed/cold')).toMatchObject({ state: 'ongoing' })
  expect((await restore('--tier', 'Soon', 'oss://my-bucket/mixed/cold')).code).toBe(2)
  expect((await restore('oss://my-bucket/none')).code).toBe(3)
  expect((await restore('-r', 'oss://my-bucket/nothing/')).code).toBe(3)
})

test('one that was asked for meanwhile is no failure', async () => {
  const object = 'oss://my-bucket/twice'
  await bench.run('cp', 'a', object, '--storage-class', 'Archive')
  bench.cloud.faults.add({ service: 'oss', operation: 'RestoreObject', effect: { kind: 'drop-answer' } })
  expect((await restore(object)).code).toBe(0)
  const store = new OSS(bench.cloud.ossOptions('my-bucket'))
  expect((await store.head('twice')).res.headers).toMatchObject({ 'x-oss-restore': 'ongoing-request="true"' })
})
