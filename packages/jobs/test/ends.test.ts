import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fullJitter, KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { expect, test } from 'vitest'
import { JobEndedError, JobFolderError } from 'osscrypt-jobs'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

test('what goes wrong with every object ends the job, and no object is said to have failed', async () => {
  for (const name of ['a', 'b', 'c']) await fixture.oss.put(name, data)
  const { kms } = fixture.cloud
  await kms.call('DisableKey', { KeyId: fixture.oldCmk })
  try {
    const ended = fixture.run({ operation: 'encrypt' }, { jobs: 2 })
    await expect(ended).rejects.toBeInstanceOf(JobEndedError)
    await expect(ended).rejects.toMatchObject({ code: 'KeyDisabled' })
  } finally {
    await kms.call('EnableKey', { KeyId: fixture.oldCmk })
  }
  const { totals } = await fixture.run({ operation: 'encrypt' })
  expect(totals).toMatchObject({ done: { objects: 3 }, failed: { objects: 0 } })
  expect(await fixture.names()).toEqual(['a', 'b', 'c'])
})

test('a folder is one job’s, and one process’s', async () => {
  await fixture.oss.put('a', data)
  const others: Promise<unknown>[] = []
  const watcher = {
    begun: () => {
      for (const operation of ['audit', 'verify'] as const)
        others.push(fixture.run({ operation }).catch((error: unknown) => error))
    },
  }
  await fixture.run({ operation: 'audit' }, { watcher })
  expect(await Promise.all(others)).toMatchObject([{ code: 'JobInUse' }, { code: 'JobInUse' }])
  expect(await others[0]).toBeInstanceOf(JobFolderError)
  await expect(fixture.run({ operation: 'audit' }, {}, { prefix: 'b' })).rejects.toMatchObject({ code: 'JobMismatch' })
})

test('a job is not gone on with under other CMKs than those it was begun with', async () => {
  for (const name of ['a', 'b']) await fixture.oss.put(name, data)
  await fixture.client.put('c', data)
  const encrypt = (cmkArn: string) => ({ operation: 'encrypt', cmkArns: [cmkArn] }) as const
  await fixture.run(encrypt(fixture.oldCmk), {}, { filter: { include: ['a'] } })
  const other = fixture.run(encrypt(fixture.newCmk), {}, { filter: { include: ['b'] } })
  await expect(other).rejects.toMatchObject({
    code: 'JobMismatch',
    message: expect.stringMatching(/: another filter, another cmkArns$/),
  })
})

test('a client that encrypts under other CMKs than the job names replaces nothing', async () => {
  await fixture.oss.put('a', data)
  await fixture.client.put('b', data)
  const client = fixture.clientOf(fixture.newCmk)
  const reading = fixture.clientOf([fixture.newCmk, fixture.oldCmk])
  for (const [index, [task, by]] of (
    [
      [{ operation: 'encrypt', cmkArns: [fixture.oldCmk] }, client],
      [{ operation: 'encrypt', cmkArns: [fixture.newCmk] }, reading],
      [{ operation: 'migrate', cmkArns: [fixture.oldCmk] }, reading],
    ] as const
  ).entries()) {
    const folder = `${fixture.folder}/${String(index)}`
    await expect(fixture.run(task, { folder, client: by })).rejects.toMatchObject({ code: 'OtherCmks' })
  }
  expect(await fixture.names()).toEqual(['a', 'b'])
  expect((await fixture.oss.get('a')).content).toEqual(data)
  expect((await fixture.client.get('b')).integrity).toBe('whole')
  // An alias may stand for any key.
  const alias = fixture.oldCmk.replace(/:key\/.*/, ':alias/mine')
  const { totals } = await fixture.run({ operation: 'encrypt', cmkArns: [alias] })
  expect(totals.done.objects).toBe(1)
})

test('who watches is told of what there is, and of what an earlier run has done', async () => {
  for (let index = 0; index < 1003; index++) await fixture.oss.put(`o/${String(index).padStart(4, '0')}`, data)
  const told: string[] = []
  const stop = new AbortController()
  let ended = 0
  const run = (signal?: AbortSignal) =>
    fixture.run(
      { operation: 'audit' },
      {
        signal,
        watcher: {
          resumed: ({ objects, bytes }) => told.push(`resumed ${String(objects)} ${String(bytes)}`),
          listed: ({ length }) => told.push(`listed ${String(length)}`),
          allListed: () => told.push('all'),
          known: ({ name }) => told.push(`known ${name}`),
          ended: ({ name }) => {
            ended++
            if (name === 'o/1002') stop.abort(new Error('enough'))
          },
        },
      },
    )
  await expect(run(stop.signal)).rejects.toThrow('enough')
  const before = ended
  const first = told.splice(0)
  expect(first).toEqual(['listed 1000', 'listed 3', 'all'])
  await run()
  const known = told.filter((each) => each.startsWith('known'))
  const passed = Number(/^resumed (\d+) /.exec(told[0] ?? '')?.[1] ?? 0)
  expect(passed + known.length).toBe(before)
  expect(ended).toBe(1003)
  expect(told).toContain('all')
}, 60_000)

test('what is no job leaves no folder', async () => {
  const folder = `${fixture.folder}/none`
  const filter = { modifiedBefore: 'soon' }
  await expect(fixture.run({ operation: 'audit' }, { folder }, { filter })).rejects.toBeInstanceOf(RangeError)
  await expect(fixture.run({ operation: 'rewrap', to: [] }, { folder })).rejects.toBeInstanceOf(TypeError)
  await expect(fixture.report(folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a job that came to its end says when that was, and is begun anew where that is asked for', async () => {
  await fixture.client.put('a', data)
  const first = await fixture.run({ operation: 'verify' })
  expect(first.endedBefore).toBeUndefined()
  await fixture.oss.put('a', data)
  const second = await fixture.run({ operation: 'verify' })
  expect(second).toMatchObject({ totals: { done: { objects: 1 } }, begun: first.begun, endedBefore: expect.any(Date) })
  const third = await fixture.run({ operation: 'verify' }, { again: true })
  expect(third).toMatchObject({ totals: { done: { objects: 0 }, skipped: { objects: 1 } } })
  expect(third.endedBefore).toBeUndefined()
  expect(third.begun.getTime()).toBeGreaterThan(first.begun.getTime())
  expect(await fixture.report()).toMatchObject([{ name: 'a', reason: 'NotEncrypted' }])
})

test('a report of somebody else’s is left as it is', async () => {
  const path = join(fixture.folder, 'report.jsonl')
  await writeFile(path, 'mine')
  await expect(fixture.run({ operation: 'audit' })).rejects.toMatchObject({ code: 'JobMismatch' })
  expect(await readFile(path, 'utf8')).toBe('mine')
  const folder = join(fixture.folder, 'job')
  await fixture.run({ operation: 'audit' }, { folder })
  await rename(path, join(fixture.folder, 'elsewhere'))
  await rm(join(folder, 'report.jsonl'))
  await symlink(join(fixture.folder, 'elsewhere'), join(folder, 'report.jsonl'))
  const again = fixture.run({ operation: 'audit' }, { folder, again: true })
  await expect(again).rejects.toMatchObject({ code: 'UntrustedFile' })
  expect(await readFile(join(fixture.folder, 'elsewhere'), 'utf8')).toBe('mine')
})

test('an object for which the connection always breaks fails, and does not end the job', async () => {
  for (let index = 0; index < 4; index++) await fixture.oss.put(`o/${String(index)}`, data)
  const broken = (operation: (name: string) => boolean) =>
    Object.assign(Object.create(fixture.oss) as typeof fixture.oss, {
      getStream: async (name: string, options: object) => {
        const got = await fixture.oss.getStream(name, options)
        const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
        if (operation(name)) (got.stream as Readable).destroy(reset)
        return got
      },
    })
  const { totals } = await fixture.run({ operation: 'encrypt' }, { bucket: broken((name) => name === 'o/1') })
  expect(totals).toMatchObject({ done: { objects: 3 }, reasons: { ObjectUnreachable: { objects: 1 } } })
  // KMS out of reach is no object's fault.
  const dataKeys = new KmsDataKeyProvider(fixture.oldCmk, {
    ...fixture.cloud.kmsOptions(),
    endpoint: 'http://127.0.0.1:9',
    retry: fullJitter({ maxAttempts: 1 }),
  })
  const client = new OssEncryptionClient({ store: fixture.oss, dataKeys })
  const ended = fixture.run({ operation: 'verify' }, { client, folder: join(fixture.folder, '2') })
  await expect(ended).rejects.toMatchObject({ code: 'Unreachable' })
})

test('a disk that is full ends the job, and no object is said to have failed', async () => {
  for (const name of ['a', 'b']) await fixture.oss.put(name, data)
  const { client } = fixture
  const full = Object.assign(Object.create(client) as typeof client, {
    head: client.head.bind(client),
    put: () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' })),
    delete: client.delete.bind(client),
  })
  await expect(fixture.run({ operation: 'encrypt' }, { client: full })).rejects.toMatchObject({ code: 'ENOSPC' })
  const { totals } = await fixture.run({ operation: 'encrypt' })
  expect(totals).toMatchObject({ done: { objects: 2 }, failed: { objects: 0 } })
})
