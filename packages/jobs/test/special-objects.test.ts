import { describe, expect, test } from 'vitest'
import { proveRewrap, type Task } from 'osscrypt-jobs'
import { beforeReading as beforeReadingBy, useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

/** What the types of ali-oss leave out of its client. */
interface LinkClient {
  putSymlink(name: string, target: string, options: object): Promise<unknown>
  getSymlink(name: string): Promise<{ readonly targetName: string }>
  append(name: string, content: Buffer, options?: object): Promise<unknown>
}
const beforeReading = (act: () => Promise<void>) => beforeReadingBy(fixture.client, act)
const links = () => fixture.oss as unknown as LinkClient

describe('links', () => {
  const operations = (): readonly Task[] => [
    { operation: 'encrypt' },
    { operation: 'encrypt', format: 'floe', keep: true, appendable: true },
    { operation: 'migrate', allowLegacyFormats: true },
    { operation: 'rewrap', to: [fixture.newCmk] },
    { operation: 'verify' },
  ]
  /** Links to all that there can be, nothing of which any operation may follow. */
  const storeLinks = async () => {
    await fixture.oss.put('t/plain', data)
    await fixture.oss.put('t/archived', data, { headers: { 'x-oss-storage-class': 'Archive' } })
    await fixture.client.put('t/gcm', data)
    await fixture.client.put('t/floe', data, { format: 'floe' })
    await fixture.oss.put('t/message', await fixture.message(data))
    const targets = ['archived', 'floe', 'gcm', 'message', 'nothing', 'plain'].map((each) => `t/${each}`)
    for (const target of targets) await links().putSymlink(target.replace('t/', 'l/to-'), target, {})
    await links().putSymlink('l/to-link', 'l/to-plain', {})
    return new Map([
      ...targets.map((target) => [target.replace('t/', 'l/to-'), target] as const),
      ['l/to-link', 'l/to-plain'],
    ])
  }

  test('an audit names them, whatever they lead to', async () => {
    const all = await storeLinks()
    const { totals } = await fixture.run({ operation: 'audit' }, {}, { prefix: 'l/' })
    expect((await fixture.report()).map(({ name, status, kind }) => [name, status, kind])).toEqual(
      [...all.keys()].sort().map((name) => [name, 'done', 'symlink']),
    )
    expect(totals.kinds).toEqual({ symlink: { objects: 7, bytes: expect.any(Number) } })
  })

  test('no operation follows one, or puts anything in its place', async () => {
    const all = await storeLinks()
    for (const [index, task] of operations().entries()) {
      const folder = `${fixture.folder}/${String(index)}`
      await fixture.run(task, { folder }, { prefix: 'l/' })
      expect((await fixture.report(folder)).map(({ name, status, reason }) => [name, status, reason])).toEqual(
        [...all.keys()].sort().map((name) => [name, 'skipped', 'Symlink']),
      )
    }
    for (const [name, target] of all) expect((await links().getSymlink(name)).targetName).toBe(target)
  })

  test('they need no CMK themselves', async () => {
    await fixture.client.put('t/gcm', data)
    await links().putSymlink('l', 't/gcm', {})
    const task: Task = { operation: 'rewrap', to: [fixture.newCmk] }
    await fixture.run(task)
    const options = { client: fixture.client, bucket: fixture.oss, folder: fixture.folder }
    expect(await proveRewrap({ task, bucket: fixture.bucket }, options)).toMatchObject({
      needsOthers: { objects: 0 },
      undecided: { objects: 0 },
      lookedAt: { objects: 2 },
    })
  })

  test('one that an object becomes while it is worked on stays', async () => {
    await fixture.oss.put('target', data)
    await fixture.oss.put('a', data)
    const changing = beforeReading(async () => {
      await links().putSymlink('a', 'target', {})
    })
    await fixture.run({ operation: 'encrypt' }, { client: changing }, { prefix: 'a' })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'ObjectChanged' }])
    expect((await links().getSymlink('a')).targetName).toBe('target')
  })
})

describe('objects that are written by appending', () => {
  test('are left alone, so that they can be appended to', async () => {
    await links().append('log', data)
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([
      { name: 'log', status: 'skipped', reason: 'Appendable', kind: 'plain' },
    ])
    await links().append('log', data, { position: data.length })
    expect((await fixture.oss.get('log')).content).toEqual(Buffer.concat([data, data]))
  })

  test('are encrypted where that is asked for, and not when somebody appends meanwhile', async () => {
    await links().append('log', data)
    await fixture.run({ operation: 'encrypt', appendable: true })
    expect(await fixture.report()).toMatchObject([{ name: 'log', status: 'done', kind: 'gcm' }])
    expect((await fixture.client.get('log')).content).toEqual(data)
    await links().append('other', data)
    const appending = beforeReading(async () => {
      await links().append('other', data, { position: data.length })
    })
    const folder = `${fixture.folder}/2`
    await fixture.run({ operation: 'encrypt', appendable: true }, { client: appending, folder }, { prefix: 'other' })
    expect(await fixture.report(folder)).toMatchObject([{ status: 'failed', code: 'ObjectChanged' }])
    expect((await fixture.oss.get('other')).content).toEqual(Buffer.concat([data, data]))
  })
})

describe('objects that are kept as they are', () => {
  const refuse = (operation: string, times = Infinity) =>
    fixture.cloud.faults.add({
      service: 'oss',
      operation,
      times,
      effect: { kind: 'error', status: 409, code: 'FileImmutable' },
    })

  test.each<[string, () => Task]>([
    ['encrypt', () => ({ operation: 'encrypt' })],
    ['rewrap', () => ({ operation: 'rewrap', to: [fixture.newCmk] })],
  ])('%s says so of each, and goes on', async (_, taskOf) => {
    const task = taskOf()
    for (const name of ['a', 'b'])
      await (task.operation === 'encrypt' ? fixture.oss.put(name, data) : fixture.client.put(name, data))
    // Of the first one that is copied over.
    refuse('CopyObject', 1)
    const { totals } = await fixture.run(task, { jobs: 1 })
    expect(await fixture.report()).toMatchObject([
      { name: 'a', status: 'failed', code: 'Immutable' },
      { name: 'b', status: 'done' },
    ])
    expect(totals.tampered.objects).toBe(0)
    expect(await fixture.names()).toEqual(['a', 'b'])
  })

  test('a bucket that keeps all that is stored ends the job, before every object has left a copy there', async () => {
    for (let index = 0; index < 5; index++) await fixture.oss.put(`o/${String(index)}`, data)
    refuse('CopyObject')
    refuse('DeleteObject')
    await expect(fixture.run({ operation: 'encrypt' }, { jobs: 1 })).rejects.toMatchObject({ code: 'BucketImmutable' })
    const names = await fixture.names()
    expect(names.filter((name) => name.startsWith('.osscrypt-jobs/staged/'))).toHaveLength(1)
    for (let index = 0; index < 5; index++) expect((await fixture.oss.get(`o/${String(index)}`)).content).toEqual(data)
  })
})

test('what was archived since it was listed is left alone', async () => {
  await fixture.oss.put('a', data, { headers: { 'x-oss-storage-class': 'Archive' } })
  const listed = await fixture.oss.listV2({ 'max-keys': '10' })
  const before = Object.assign(Object.create(fixture.oss) as typeof fixture.oss, {
    listV2: () => ({ ...listed, objects: listed.objects.map((object) => ({ ...object, storageClass: 'Standard' })) }),
  })
  await fixture.run({ operation: 'encrypt' }, { bucket: before })
  expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'skipped', reason: 'Archived' }])
})
