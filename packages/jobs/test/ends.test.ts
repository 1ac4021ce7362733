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

test('what is no job leaves no folder', async () => {
  const folder = `${fixture.folder}/none`
  const filter = { modifiedBefore: 'soon' }
  await expect(fixture.run({ operation: 'audit' }, { folder }, { filter })).rejects.toBeInstanceOf(RangeError)
  await expect(fixture.run({ operation: 'rewrap', to: [] }, { folder })).rejects.toBeInstanceOf(TypeError)
  await expect(fixture.report(folder)).rejects.toMatchObject({ code: 'ENOENT' })
})
