import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { beforeReading as beforeReadingBy, useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

/** What the types of ali-oss leave out of its client. */
interface LinkClient {
  putSymlink(name: string, target: string, options: object): Promise<unknown>
}
const beforeReading = (act: (name: string) => Promise<void>) => beforeReadingBy(fixture.client, act)

describe('encrypt', () => {
  test('encrypts what is plain where it is, with all that it has beside its content', async () => {
    await fixture.oss.put('a.txt', data, {
      mime: 'text/x-special',
      meta: { colour: 'blue' },
      headers: { 'Cache-Control': 'max-age=7', 'x-oss-tagging': 'team=one%20two', 'x-oss-object-acl': 'public-read' },
    } as object)
    await fixture.oss.put('empty', Buffer.alloc(0))
    await fixture.client.put('z', data)
    const { totals } = await fixture.run({ operation: 'encrypt', format: 'floe', encryptionContext: { project: 'p' } })
    expect(totals).toMatchObject({ done: { objects: 2 }, skipped: { objects: 1 }, failed: { objects: 0 } })
    const { content, meta, encryption, res } = await fixture.client.get('a.txt', { requireBinding: true })
    expect(content).toEqual(data)
    expect(meta).toEqual({ colour: 'blue' })
    expect(encryption.encryptionContext).toEqual({ project: 'p', 'osscrypt:object': 'a.txt' })
    expect(res.headers).toMatchObject({ 'content-type': 'text/x-special', 'cache-control': 'max-age=7' })
    expect((await fixture.oss.getACL('a.txt')).acl).toBe('public-read')
    const { tag } = await (
      fixture.oss as unknown as { getObjectTagging(name: string): Promise<{ tag: object }> }
    ).getObjectTagging('a.txt')
    expect(tag).toEqual({ team: 'one two' })
    expect((await fixture.client.get('empty')).content).toHaveLength(0)
    expect(await fixture.names()).toEqual(['a.txt', 'empty', 'z'])
  })

  test('replaces nothing that was changed since it was read, and leaves nothing behind', async () => {
    await fixture.oss.put('a', data)
    // What was staged is being read back when somebody writes.
    const client = beforeReading(async () => {
      await fixture.oss.put('a', Buffer.from('newer'))
    })
    await fixture.run({ operation: 'encrypt' }, { client })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'ObjectChanged' }])
    expect((await fixture.oss.get('a')).content.toString()).toBe('newer')
    expect(await fixture.names()).toEqual(['a'])
  })

  test('keeps what was there, as it was, only where that is asked for', async () => {
    await fixture.oss.put('a b', data, { meta: { colour: 'blue' }, headers: { 'x-oss-tagging': 'a=b' } } as object)
    await fixture.run({ operation: 'encrypt', keep: true })
    const [kept] = await fixture.names()
    expect(kept).toMatch(/^\.osscrypt-jobs\/kept\/[\da-f-]+\/a b$/)
    const { content, res } = await fixture.oss.get(kept!)
    expect(content).toEqual(data)
    expect(res.headers).toMatchObject({ 'x-oss-meta-colour': 'blue', 'x-oss-tagging-count': '1' })
    expect((await fixture.client.get('a b')).content).toEqual(data)
  })

  test('stages what has the longest name that there can be', async () => {
    const name = `o/${'n'.repeat(1021)}`
    await fixture.oss.put(name, data)
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([{ name, status: 'done' }])
    expect((await fixture.client.get(name, { requireBinding: true })).content).toEqual(data)
    expect(await fixture.names()).toEqual([name])
  })

  test('keeps nothing where others can read it', async () => {
    await fixture.oss.putBucketACL(fixture.bucket, 'public-read')
    await fixture.oss.put('a', data, { headers: { 'x-oss-object-acl': 'private' } })
    await fixture.run({ operation: 'encrypt', keep: true })
    for (const name of await fixture.names()) expect((await fixture.oss.getACL(name)).acl).toBe('private')
    expect(await fixture.names()).toHaveLength(2)
  })

  test.each<[string, () => Promise<unknown>, () => Promise<Buffer>]>([
    [
      'a message that is a body',
      async () => fixture.oss.put('a', await fixture.message(data)),
      async () => (await fixture.client.get('a')).content,
    ],
    ['encrypted', () => fixture.client.put('a', data), async () => (await fixture.client.get('a')).content],
    [
      'a link',
      async () => {
        await fixture.oss.put('target', data)
        await (fixture.oss as unknown as LinkClient).putSymlink('a', 'target', {})
      },
      async () => (await fixture.oss.get('a')).content as Buffer,
    ],
  ])('encrypts nothing that has become %s since it was looked at', async (_, replace, read) => {
    let tried = 0
    for (let heads = Infinity; heads >= tried;) {
      await fixture.oss.put('a', data)
      heads = 0
      tried++
      const head: typeof fixture.oss.head = async (name, options) => {
        if (name === 'a' && ++heads === tried) await replace()
        return fixture.oss.head(name, options)
      }
      const store = Object.assign(Object.create(fixture.oss) as typeof fixture.oss, { head })
      const dataKeys = new KmsDataKeyProvider(fixture.oldCmk, fixture.cloud.kmsOptions())
      const client = new OssEncryptionClient({ store, dataKeys })
      const folder = `${fixture.folder}/${String(tried)}`
      await fixture.run({ operation: 'encrypt' }, { bucket: store, client, folder }, { prefix: 'a' })
      const [outcome] = await fixture.report(folder)
      // At last there is no such request any more, and it is encrypted.
      expect(outcome?.status === 'done').toBe(heads < tried)
      if (heads >= tried) expect(await read()).toEqual(data)
      await fixture.client.delete('a')
    }
    expect(tried).toBeGreaterThan(3)
  })

  test('what stood for a folder, and holds something now, is encrypted', async () => {
    await fixture.oss.put('d/', Buffer.alloc(0))
    const listed = await fixture.oss.listV2({ 'max-keys': '10' })
    const bucket = Object.assign(Object.create(fixture.oss) as typeof fixture.oss, {
      listV2: () => Promise.resolve(listed),
    })
    await fixture.oss.put('d/', data)
    await fixture.run({ operation: 'verify' }, { bucket, folder: `${fixture.folder}/verify` })
    expect(await fixture.report(`${fixture.folder}/verify`)).toMatchObject([{ reason: 'NotEncrypted' }])
    await fixture.run({ operation: 'encrypt' }, { bucket })
    expect(await fixture.report()).toMatchObject([{ name: 'd/', status: 'done' }])
  })

  test.each([
    ['cut', { kind: 'cut', of: 'answer', afterBytes: 3 }],
    ['changed on its way', { kind: 'corrupt', atByte: 3 }],
    ['refused for now', { kind: 'error', status: 500 }],
  ] as const)('begins anew when what it reads is %s', async (_, effect) => {
    await fixture.oss.put('a', data)
    // The first looks whether it is a message.
    fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', skip: 1, effect })
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'done', kind: 'gcm' }])
    expect((await fixture.client.get('a')).content).toEqual(data)
    expect(await fixture.names()).toEqual(['a'])
    expect(fixture.cloud.faults.waiting).toEqual([])
  })

  test.each([
    ['may delete versions', false, 0],
    ['may not', true, 2],
  ])('with versions and an access key that %s, what was staged is gone', async (_, isDenied, left) => {
    await fixture.keepVersions()
    await fixture.oss.put('a', data)
    if (isDenied)
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'DeleteObject',
        effect: { kind: 'error', status: 403, code: 'AccessDenied' },
      })
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'done' }])
    expect(await fixture.names()).toEqual(['a'])
    const oss = fixture.oss as unknown as {
      getBucketVersions(query: object): Promise<{ objects?: readonly object[]; deleteMarker?: readonly object[] }>
    }
    const { objects = [], deleteMarker = [] } = await oss.getBucketVersions({ prefix: '.osscrypt-jobs/' })
    expect(objects.length + deleteMarker.length).toBe(left)
  })

  test('leaves alone what would not be read as before', async () => {
    await fixture.oss.put('folder/', Buffer.alloc(0))
    await fixture.oss.put('lost', data, { meta: { 'x-oss-meta-iv': 'AAAA' } } as object)
    await fixture.oss.put('message', await fixture.message(data))
    await fixture.oss.put('zipped', data, { headers: { 'Content-Encoding': 'gzip' } })
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([
      { status: 'skipped', reason: 'Folder' },
      { status: 'skipped', reason: 'BrokenEnvelope' },
      { status: 'skipped', reason: 'AlreadyEncrypted', kind: 'message-body' },
      { status: 'skipped', reason: 'ContentEncoding' },
    ])
  })
})

describe('migrate', () => {
  test('stores in another format, and keeps what was there only where that is asked for', async () => {
    await fixture.client.put('a', data, { meta: { colour: 'blue' } })
    await fixture.client.put('b', data, { format: 'floe' })
    await fixture.run({ operation: 'migrate' })
    expect(await fixture.report()).toMatchObject([
      { name: 'a', status: 'done', kind: 'floe' },
      { name: 'b', status: 'skipped', reason: 'AlreadyInFormat' },
    ])
    expect(await fixture.client.get('a', { requireBinding: true })).toMatchObject({
      content: data,
      meta: { colour: 'blue' },
      integrity: 'segments',
    })
    expect(await fixture.names()).toEqual(['a', 'b'])
    await fixture.run(
      { operation: 'migrate', format: 'gcm', keep: true },
      { folder: `${fixture.folder}/2` },
      { prefix: 'b' },
    )
    const kept = (await fixture.names()).filter((name) => name.startsWith('.osscrypt-jobs/'))
    expect(kept).toEqual([expect.stringMatching(/^\.osscrypt-jobs\/kept\/.*\/b$/)])
    expect((await fixture.client.get(kept[0]!, { expectedKey: 'b' })).integrity).toBe('segments')
  })

  test('takes what nobody can verify only where that is allowed, and marks it for ever', async () => {
    const legacy = { format: 'oss-sdk-ctr', writeWithoutIntegrity: true } as const
    await fixture.client.put('a', data, legacy)
    await fixture.run({ operation: 'migrate' }, { folder: `${fixture.folder}/1` })
    expect((await fixture.oss.head('a')).res.headers).toHaveProperty('x-oss-meta-client-side-encryption-key')
    const { totals } = await fixture.run({ operation: 'migrate', allowLegacyFormats: true })
    expect(totals.done.objects).toBe(1)
    const got = await fixture.client.get('a', { requireBinding: true })
    expect(got).toMatchObject({ content: data, integrity: 'segments' })
    expect(got.encryption.encryptionContext).toMatchObject({ 'osscrypt:origin': 'unverified' })
    expect(await fixture.names()).toEqual(['a'])
  })

  test('takes messages that were stored as bodies', async () => {
    const meta = { meta: { colour: 'blue' } } as object
    await fixture.oss.put('a', await fixture.message(data), meta)
    await fixture.oss.put('b', data)
    await fixture.run({ operation: 'migrate' }, { folder: `${fixture.folder}/1` })
    expect(await fixture.report(`${fixture.folder}/1`)).toMatchObject([
      { status: 'done', kind: 'floe', cmkArns: [fixture.oldCmk] },
      { status: 'skipped', reason: 'NotEncrypted', kind: 'plain' },
    ])
    const got = await fixture.client.get('a', { requireBinding: true })
    expect(got).toMatchObject({ content: data, meta: { colour: 'blue' } })
    expect(got.encryption.encryptionContext).toEqual({ from: 'elsewhere', 'osscrypt:object': 'a' })
    const changed = await fixture.message(data)
    changed[changed.length - 1]! ^= 1
    await fixture.oss.put('a', changed)
    await fixture.run({ operation: 'migrate' }, {}, { prefix: 'a' })
    expect(await fixture.report()).toMatchObject([{ status: 'failed', code: 'IntegrityFailed' }])
    expect((await fixture.oss.get('a')).content).toEqual(changed)
    expect(await fixture.names()).toEqual(['a', 'b'])
  })

  test('replaces nothing before it was read back, nothing that was changed, and leaves nothing behind', async () => {
    await fixture.client.put('a', data)
    const before = await fixture.oss.get('a')
    // What is staged is changed before it is read back; then the object itself is.
    const tamper = async (name: string) => {
      if (name === 'a') return
      const { content, res } = await fixture.oss.get(name)
      const meta = Object.entries(res.headers as Record<string, string>)
        .filter(([field]) => field.startsWith('x-oss-meta-'))
        .map(([field, value]) => [field.slice('x-oss-meta-'.length), value])
      const changed = Buffer.from(content as Buffer)
      changed[changed.length - 1]! ^= 1
      await fixture.oss.put(name, changed, { meta: Object.fromEntries(meta) })
    }
    await fixture.run({ operation: 'migrate' }, { client: beforeReading(tamper), folder: `${fixture.folder}/1` })
    expect((await fixture.report(`${fixture.folder}/1`))[0]).toMatchObject({
      status: 'failed',
      code: 'IntegrityFailed',
    })
    expect((await fixture.oss.get('a')).content).toEqual(before.content)
    expect(await fixture.names()).toEqual(['a'])

    const replace = async (name: string) => {
      if (name !== 'a') await fixture.client.put('a', Buffer.from('newer'))
    }
    await fixture.run({ operation: 'migrate', keep: true }, { client: beforeReading(replace) })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'ObjectChanged' }])
    expect((await fixture.client.get('a')).content.toString()).toBe('newer')
    expect(await fixture.names()).toEqual(['a'])
  })
})
