import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { planJob } from 'osscrypt-jobs'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

const FIELDS = ['Size', 'LastModifiedDate', 'StorageClass', 'ETag']

/** Stores an inventory of one file. */
async function storeInventory(
  csv: string,
  fileSchema = 'Bucket, Key, Size, StorageClass, LastModifiedDate',
): Promise<{ bucket: string; manifest: string }> {
  const file = gzipSync(csv)
  const manifest = {
    sourceBucket: fixture.bucket,
    fileFormat: 'CSV',
    fileSchema,
    files: [{ key: 'data', MD5checksum: createHash('md5').update(file).digest('hex').toUpperCase() }],
  }
  await fixture.oss.put('data', file)
  await fixture.oss.put('manifest', Buffer.from(JSON.stringify(manifest)))
  return { bucket: fixture.bucket, manifest: 'manifest' }
}

const rowOf = (name: string, size = '8', bucket = fixture.bucket) =>
  `"${bucket}","${encodeURIComponent(name)}",${size},"Standard","2026-01-01T00:00:00.000Z"\n`

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
    [{ ...good, fileSchema: 'Key, Size, StorageClass, LastModifiedDate' }, /has no Bucket/],
    [{ ...good, files: [{ key: 'data' }] }, /without its hash/],
    [{ ...good, files: [] }, /names no files/],
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

test.each([
  ['a negative size', () => rowOf('a', '-5'), 'has a Size that is none'],
  ['no size', () => rowOf('a', ''), 'has a Size that is none'],
  ['a size like a calculator', () => rowOf('a', '1e3'), 'has a Size that is none'],
  ['a size in hexadecimal', () => rowOf('a', ' 0x10 '), 'has a Size that is none'],
  ['a size beyond all', () => rowOf('a', '9007199254740993'), 'has a Size that is none'],
  ['another bucket', () => rowOf('a', '8', 'other'), 'is of another bucket'],
  ['no name', () => rowOf(''), 'has no Key'],
  ['a name that is not well-formed', () => rowOf('a').replace('"a"', '"%"'), 'has a Key that is not well-formed'],
  ['too few fields', () => rowOf('a').replace(',"Standard"', ''), 'has not the fields that the manifest names'],
  ['too many fields', () => `"",${rowOf('a')}`, 'has not the fields that the manifest names'],
  ['no class', () => rowOf('a').replace('Standard', ''), 'has no StorageClass'],
  ['no date', () => rowOf('a').replace('2026', 'then'), 'has a LastModifiedDate that is none'],
])('a row of an inventory with %s is not believed', async (_, row, why) => {
  const inventory = await storeInventory(`${rowOf('z')}${row()}`)
  await expect(fixture.run({ operation: 'audit' }, {}, { inventory })).rejects.toMatchObject({
    code: 'BadAnswer',
    message: `the inventory is not well-formed: row 2 of file 1 ${why}`,
  })
  expect(await fixture.report()).toEqual([])
})

test('however truth is spelt in an inventory, a delete marker is no object, and what says neither is refused', async () => {
  const schema = 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, StorageClass, LastModifiedDate'
  const rowsOf = (latest: string, marker: string) =>
    [
      `"${fixture.bucket}","a","3",${latest},${latest},"","","2026-01-03T00:00:00.000Z"\n`,
      `"${fixture.bucket}","a","2",${marker},${marker},8,"Standard","2026-01-02T00:00:00.000Z"\n`,
    ].join('')
  for (const [latest, other] of [
    ['true', 'false'],
    ['TRUE', 'FALSE'],
    ['"True"', '"False"'],
  ] as const) {
    const inventory = await storeInventory(rowsOf(latest, other), schema)
    const folder = `${fixture.folder}/${latest}`
    await fixture.run({ operation: 'audit', versions: true }, { folder }, { inventory })
    expect((await fixture.report(folder)).map(({ version }) => version)).toEqual([{ id: '2', isLatest: false }])
  }
  const inventory = await storeInventory(rowsOf('true', '0'), schema)
  await expect(fixture.run({ operation: 'audit' }, {}, { inventory })).rejects.toThrow(
    'row 2 of file 1 says neither true nor false of its version',
  )
})
