import { expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'
import { writeCsvReport, writeHtmlReport } from 'osscrypt-jobs'
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
  expect(page).toContain('No object failed. Not encrypted: 1. Envelope broken: 2.')
  expect(page.match(/<rect /g)).toHaveLength(8)
  expect(page).toContain(fixture.oldCmk)
  await expect(writeHtmlReport(spec, totals, path)).rejects.toMatchObject({ code: 'EEXIST' })
})

test('first bytes tell a message that was stored as a body from what only begins like one', async () => {
  const data = Buffer.from('data')
  await fixture.oss.put('certificate', Buffer.from('3082010030820100020101020101', 'hex'))
  await fixture.oss.put('empty', Buffer.alloc(0))
  await fixture.oss.put('message', await fixture.message(data))
  await fixture.oss.put('video.h264', Buffer.concat([Buffer.from('0000000167640028', 'hex'), Buffer.alloc(5000)]))
  await fixture.run({ operation: 'audit' }, { folder: `${fixture.folder}/1` })
  expect((await fixture.report(`${fixture.folder}/1`)).map(({ kind }) => kind)).toEqual([
    'plain',
    'plain',
    'message-body',
    'plain',
  ])
  await fixture.run({ operation: 'encrypt' })
  expect((await fixture.report()).map(({ status }) => status)).toEqual(['done', 'done', 'skipped', 'done'])
})

test('the report is written as CSV for a spreadsheet, whatever the names', async () => {
  for (const name of ['=1+1', 'a,"b"', 'c']) await fixture.client.put(name, Buffer.from('data'))
  const { reportPath } = await fixture.run({ operation: 'verify' })
  const path = `${fixture.folder}/report.csv`
  await writeCsvReport(reportPath, path)
  const rest = `4,done,,gcm,${fixture.oldCmk},,,`
  expect((await readFile(path, 'utf8')).split('\r\n')).toEqual([
    'name,version,latest,bytes,status,reason,kind,cmks,findings,dropped,message',
    `'=1+1,,,${rest}`,
    `"a,""b""",,,${rest}`,
    `c,,,${rest}`,
    '',
  ])
  await expect(writeCsvReport(reportPath, path)).rejects.toMatchObject({ code: 'EEXIST' })
})
