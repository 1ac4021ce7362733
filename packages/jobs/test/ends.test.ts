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
  let second: unknown
  const watcher = {
    begun: () => {
      second ??= fixture.run({ operation: 'verify' }).catch((error: unknown) => error)
    },
  }
  await fixture.run({ operation: 'audit' }, { watcher })
  expect(await second).toBeInstanceOf(JobFolderError)
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
