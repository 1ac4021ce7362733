import { describe, expect, test } from 'vitest'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

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
    const getStream = fixture.client.getStream.bind(fixture.client)
    const client = Object.assign(Object.create(fixture.client), {
      put: fixture.client.put.bind(fixture.client),
      head: fixture.client.head.bind(fixture.client),
      delete: fixture.client.delete.bind(fixture.client),
      getStream: async (...args: Parameters<typeof getStream>) => {
        await fixture.oss.put('a', Buffer.from('newer'))
        return getStream(...args)
      },
    })
    await fixture.run({ operation: 'encrypt' }, { client })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'failed', code: 'ObjectChanged' }])
    expect((await fixture.oss.get('a')).content.toString()).toBe('newer')
    expect(await fixture.names()).toEqual(['a'])
  })

  test.each([
    ['cut', { kind: 'cut', of: 'answer', afterBytes: 3 }],
    ['changed on its way', { kind: 'corrupt', atByte: 3 }],
    ['refused for now', { kind: 'error', status: 500 }],
  ] as const)('begins anew when what it reads is %s', async (_, effect) => {
    await fixture.oss.put('a', data)
    fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', effect })
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'done', kind: 'gcm' }])
    expect((await fixture.client.get('a')).content).toEqual(data)
    expect(await fixture.names()).toEqual(['a'])
    expect(fixture.cloud.faults.waiting).toEqual([])
  })

  test('leaves alone what would not be read as before', async () => {
    await fixture.oss.put('folder/', Buffer.alloc(0))
    await fixture.oss.put('lost', data, { meta: { 'x-oss-meta-iv': 'AAAA' } } as object)
    await fixture.oss.put('zipped', data, { headers: { 'Content-Encoding': 'gzip' } })
    await fixture.run({ operation: 'encrypt' })
    expect(await fixture.report()).toMatchObject([
      { status: 'skipped', reason: 'Folder' },
      { status: 'skipped', reason: 'BrokenEnvelope' },
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
    expect(await fixture.client.get('a')).toMatchObject({
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
    const kept = (await fixture.names()).filter((name) => name.startsWith('.osscrypt-jobs/kept/'))
    expect(kept).toHaveLength(1)
    expect((await fixture.client.get(kept[0]!, { expectedKey: 'b' })).integrity).toBe('segments')
  })

  test('tells a message that is a body from a gcm object', async () => {
    await fixture.client.put('a', data, { format: 'message-body' })
    await fixture.run({ operation: 'migrate', format: 'gcm' })
    expect(await fixture.report()).toMatchObject([{ name: 'a', status: 'done', kind: 'gcm' }])
    expect(await fixture.client.get('a')).toMatchObject({ content: data, format: 'gcm' })
  })
})
