import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { planJob } from 'osscrypt-jobs'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

const FIELDS = ['Size', 'LastModifiedDate', 'StorageClass', 'ETag']

/** Stores an inventory of one file. */
async function storeInventory(csv: string): Promise<{ bucket: string; manifest: string }> {
  const file = gzipSync(csv)
  const manifest = {
    sourceBucket: fixture.bucket,
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size, StorageClass, LastModifiedDate',
    files: [{ key: 'data', MD5checksum: createHash('md5').update(file).digest('hex').toUpperCase() }],
  }
  await fixture.oss.put('data', file)
  await fixture.oss.put('manifest', Buffer.from(JSON.stringify(manifest)))
  return { bucket: fixture.bucket, manifest: 'manifest' }
}

const rowOf = (name: string, size = '8') =>
  `"${fixture.bucket}","${encodeURIComponent(name)}",${size},"Standard","2026-01-01T00:00:00.000Z"\n`

test('an inventory tells which objects there are, whatever their names', async () => {
  const names = ['o/a b+c', 'o/"quoted", and more', 'o/文/é%41', 'o/z']
  for (const name of names) await fixture.oss.put(name, data)
  await fixture.client.put('o/encrypted', data)
  const manifest = await fixture.writeInventory('Current', FIELDS)
  await fixture.oss.put('o/later', data)
  await fixture.oss.delete('o/z')
  const inventory = { bucket: fixture.bucket, manifest }
  expect(
    await planJob({ bucket: fixture.bucket, task: { operation: 'audit' }, inventory }, { bucket: fixture.oss }),
  ).toMatchObject({
    objects: 5,
    cost: { putRequests: 0 },
  })
  const { totals } = await fixture.run({ operation: 'audit' }, {}, { inventory })
  const report = await fixture.report()
  expect(new Set(report.map(({ name }) => name))).toEqual(new Set([...names, 'o/encrypted']))
  expect(report.find(({ name }) => name === 'o/z')).toMatchObject({ status: 'skipped', reason: 'Gone' })
  expect(totals.kinds).toMatchObject({ plain: { objects: 3, bytes: 24 }, gcm: { objects: 1 } })
  const asked = fixture.cloud.requests.map(({ operation }) => operation)
  fixture.cloud.clearRequests()
  expect(asked).toContain('HeadObject')
  await fixture.run({ operation: 'audit' }, { folder: `${fixture.folder}/2` }, { inventory, prefix: 'o/e' })
  expect((await fixture.report(`${fixture.folder}/2`)).map(({ name }) => name)).toEqual(['o/encrypted'])
  expect(fixture.cloud.requests.filter(({ operation }) => operation === 'ListObjectsV2')).toEqual([])
})

test('with all versions, an inventory tells of the old ones, and of what was deleted nothing but those', async () => {
  await fixture.keepVersions()
  await fixture.oss.put('o/a', data)
  await fixture.client.put('o/a', data)
  await fixture.oss.put('o/gone', data)
  await fixture.oss.delete('o/gone')
  const inventory = { bucket: fixture.bucket, manifest: await fixture.writeInventory('All', FIELDS) }
  const listed = await fixture.run(
    { operation: 'audit', versions: true },
    { folder: `${fixture.folder}/1` },
    { prefix: 'o/' },
  )
  const { totals } = await fixture.run({ operation: 'audit', versions: true }, {}, { inventory })
  expect(totals).toEqual(listed.totals)
  expect(totals).toMatchObject({
    kinds: { gcm: { objects: 1 } },
    oldVersions: { plain: { objects: 2, bytes: 16 } },
    done: { objects: 3 },
  })
  const latest = await fixture.run({ operation: 'audit' }, { folder: `${fixture.folder}/2` }, { inventory })
  expect(latest.totals).toMatchObject({ done: { objects: 1 }, oldVersions: {} })
})

test('a file of an inventory that is cut on its way is taken up again where it was', async () => {
  const rows = Array.from(
    { length: 1300 },
    (_, index) => `"${fixture.bucket}","none/${String(index)}",1,"IA","2026-01-01T00:00:00.000Z"\n`,
  )
  const file = gzipSync(rows.join(''), { level: 0 })
  const manifest = {
    sourceBucket: fixture.bucket,
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size, StorageClass, LastModifiedDate',
    files: [
      { key: 'data', MD5checksum: createHash('md5').update(file).digest('hex').toUpperCase(), size: file.length },
    ],
  }
  await fixture.oss.put('data', file)
  await fixture.oss.put('manifest', Buffer.from(JSON.stringify(manifest)))
  for (const afterBytes of [30_000, 60_000])
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      skip: 1,
      effect: { kind: 'cut', of: 'answer', afterBytes },
    })
  const inventory = { bucket: fixture.bucket, manifest: 'manifest' }
  const { totals } = await fixture.run({ operation: 'audit' }, { jobs: 64 }, { inventory })
  expect(totals.skipped).toEqual({ objects: 1300, bytes: 1300 })
  expect(fixture.cloud.faults.waiting).toEqual([])
  expect((await fixture.report()).map(({ name }) => name)).toEqual(rows.map((_, index) => `none/${String(index)}`))
})

test('what is no inventory of the bucket, tells too little, or was changed, is refused', async () => {
  const good = {
    sourceBucket: fixture.bucket,
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size, StorageClass, LastModifiedDate',
    files: [{ key: 'data', MD5checksum: '0'.repeat(32) }],
  }
  await fixture.oss.put('data', gzipSync(`"${fixture.bucket}","a",1,"IA","2026-01-01T00:00:00.000Z"\n`))
  const wrong: readonly (readonly [object | string, RegExp])[] = [
    ['no JSON', /no JSON/],
    [{ ...good, sourceBucket: 'other' }, /of the bucket other/],
    [{ ...good, fileFormat: 'ORC' }, /no CSV/],
    [{ ...good, fileSchema: 'Bucket, Key, Size' }, /has no/],
    [{ ...good, files: [{ key: 'data' }] }, /without its hash/],
    [good, /not what its manifest says/],
  ]
  for (const [index, [manifest, message]] of wrong.entries()) {
    const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
    await fixture.oss.put('manifest', Buffer.from(text))
    const inventory = { bucket: fixture.bucket, manifest: 'manifest' }
    const folder = `${fixture.folder}/${String(index)}`
    await expect(fixture.run({ operation: 'audit' }, { folder }, { inventory })).rejects.toThrow(message)
    expect(await fixture.report(folder)).toEqual([])
  }
})

test('an inventory with a row that does not end is not well-formed, whatever its hash', async () => {
  for (const [index, row] of [`"${'a'.repeat(1_000_000)}"`, 'a'.repeat(1_000_000), '"a'].entries()) {
    const inventory = await storeInventory(`${rowOf('a')}${rowOf('b')}${row}`)
    const folder = `${fixture.folder}/${String(index)}`
    await expect(fixture.run({ operation: 'audit' }, { folder }, { inventory })).rejects.toMatchObject({
      code: 'BadAnswer',
      message: 'the inventory is not well-formed: row 3 of file 1 does not end',
    })
  }
})
