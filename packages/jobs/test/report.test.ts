import { expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'
import { writeHtmlReport } from 'osscrypt-jobs'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()

test('an audit says what objects are, and its page can hold any name', async () => {
  await fixture.client.put('a', Buffer.from('data'))
  await fixture.client.put('b', Buffer.from('data'), { bindToObject: false, format: 'floe' })
  await fixture.oss.put('c', Buffer.from('data'))
  await fixture.oss.put('d', Buffer.from('data'), { meta: { 'x-oss-meta-header': '????' } } as object)
  await fixture.oss.put('e', Buffer.from('data'), {
    meta: { 'oss-crypto-key': 'AAAA', 'unencrypted-content-md5': 'AAAA' },
  } as object)
  const { totals } = await fixture.run({ operation: 'audit' })
  expect(await fixture.report()).toMatchObject([
    { kind: 'gcm', cmkArns: [fixture.oldCmk], findings: [] },
    { kind: 'floe', cmkArns: [fixture.oldCmk], findings: ['unbound'] },
    { kind: 'plain', cmkArns: [], findings: [] },
    { kind: 'broken', cmkArns: [] },
    { kind: 'broken', findings: ['plaintext-md5'] },
  ])
  expect(totals.kinds).toMatchObject({ gcm: { objects: 1 }, plain: { objects: 1, bytes: 4 }, broken: { objects: 2 } })
  const path = `${fixture.folder}/report.html`
  const spec = { bucket: 'b', prefix: '<script>alert(1)</script>\u202e', task: { operation: 'audit' as const } }
  await writeHtmlReport(spec, totals, path)
  const page = await readFile(path, 'utf8')
  expect(page).not.toMatch(/<script|\u202e|https?:/)
  expect(page).toContain('No object failed.')
  expect(page).toContain(fixture.oldCmk)
  await expect(writeHtmlReport(spec, totals, path)).rejects.toMatchObject({ code: 'EEXIST' })
})
