import { readFile } from 'node:fs/promises'
import { proveRewrap, type Task } from 'osscrypt-jobs'
import { describe, expect, test } from 'vitest'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const data = Buffer.from('the data')

describe('rewrap', () => {
  test('puts everything that is encrypted under the new CMK, and says what it left alone', async () => {
    await fixture.client.put('a.gcm', data)
    await fixture.client.put('b.floe', data, { format: 'floe' })
    await fixture.clientOf(fixture.newCmk).put('c.new', data)
    await fixture.oss.put('d.plain', data)
    await fixture.client.put('e.body', data, { format: 'message-body' })
    const { totals } = await fixture.run({ operation: 'rewrap', to: [fixture.newCmk] })
    expect(await fixture.report()).toMatchObject([
      { name: 'a.gcm', status: 'done', kind: 'gcm', cmkArns: [fixture.newCmk] },
      { name: 'b.floe', status: 'done', kind: 'floe', cmkArns: [fixture.newCmk] },
      { name: 'c.new', status: 'skipped', reason: 'AlreadyUnderCmks' },
      { name: 'd.plain', status: 'skipped', reason: 'NotEncrypted', kind: 'plain' },
      { name: 'e.body', status: 'skipped', reason: 'MessageBody', kind: 'message-body' },
    ])
    expect(totals.cmks).toEqual({
      [fixture.newCmk]: { objects: 3, bytes: expect.any(Number) },
      [fixture.oldCmk]: { objects: 1, bytes: expect.any(Number) },
    })
    const reader = fixture.clientOf(fixture.newCmk)
    for (const name of ['a.gcm', 'b.floe', 'c.new']) expect((await reader.get(name)).content).toEqual(data)
    expect((await fixture.oss.get('d.plain')).content).toEqual(data)
  })

  test('writes nothing in a dry run', async () => {
    await fixture.client.put('a', data)
    await fixture.run({ operation: 'rewrap', to: [fixture.newCmk] }, {}, { dryRun: true })
    expect(await fixture.report()).toMatchObject([{ status: 'skipped', reason: 'DryRun', cmkArns: [fixture.oldCmk] }])
    expect((await fixture.client.get('a')).content).toEqual(data)
  })

  test('is about the names that match, below the prefix', async () => {
    for (const name of ['x/a.log', 'x/b.txt', 'x/y/c.log', 'z/d.log']) await fixture.client.put(name, data)
    await fixture.run({ operation: 'audit' }, {}, { prefix: 'x/', filter: { include: ['x/*.log', 'x/y/**'] } })
    expect((await fixture.report()).map(({ name }) => name)).toEqual(['x/a.log', 'x/y/c.log'])
  })

  test('touches no other object than the one that was listed', async () => {
    await fixture.client.put('a', data)
    const listed = {
      name: '/a',
      size: 1,
      lastModified: new Date().toISOString(),
      storageClass: 'Standard',
    }
    const bucket = Object.assign(Object.create(fixture.oss), { listV2: async () => ({ objects: [listed] }) })
    await fixture.run({ operation: 'rewrap', to: [fixture.newCmk] }, { bucket })
    expect(await fixture.report()).toMatchObject([{ name: '/a', status: 'failed', code: 'NameUnreachable' }])
    expect((await fixture.client.get('a')).content).toEqual(data)
  })
})

describe('verify', () => {
  test('of a prefix is proven with what jobs hold of it, and of nothing else', async () => {
    for (const name of ['p/a', 'q/a']) await fixture.client.put(name, data)
    await fixture.run({ operation: 'migrate', keep: true })
    const task: Task = { operation: 'rewrap', to: [fixture.newCmk] }
    const folder = `${fixture.folder}/rewrap`
    await fixture.run(task, { folder }, { prefix: 'p/' })
    const options = { client: fixture.client, bucket: fixture.oss, folder }
    const prove = () => proveRewrap({ task, bucket: fixture.bucket, prefix: 'p/' }, options)
    const proof = await prove()
    expect(proof).toMatchObject({ needsOthers: { objects: 1 }, undecided: { objects: 0 }, lookedAt: { objects: 2 } })
    expect(await readFile(proof.path, 'utf8')).toMatch(/^\{"name":"\.osscrypt-jobs\/kept\/[\da-f-]+\/p\/a"/)
    for (const name of await fixture.names()) if (name.endsWith('/p/a')) await fixture.oss.delete(name)
    expect(await prove()).toMatchObject({ needsOthers: { objects: 0 }, lookedAt: { objects: 1 } })
  })

  test('an audit tells what is bound to another name, but of what jobs hold', async () => {
    await fixture.client.put('a', data)
    await fixture.run({ operation: 'migrate', keep: true })
    await fixture.oss.copy('b', 'a')
    const { totals } = await fixture.run({ operation: 'audit' }, { folder: `${fixture.folder}/audit` })
    expect(totals.findings).toEqual({ 'bound-elsewhere': { objects: 1, bytes: expect.any(Number) } })
    const [, , b] = await fixture.report(`${fixture.folder}/audit`)
    expect(b).toMatchObject({ name: 'b', findings: ['bound-elsewhere'] })
  })

  test('takes a header of no version or algorithm for one that was changed', async () => {
    for (const name of ['a', 'b']) await fixture.client.put(name, data)
    for (const [name, at] of [
      ['a', 0],
      ['b', 2],
    ] as const) {
      const { content, res } = await fixture.oss.get(name)
      const headers = res.headers as Record<string, string>
      const fields = Object.entries(headers).filter(([field]) => field.startsWith('x-oss-meta-'))
      const meta = Object.fromEntries(fields.map(([field, value]) => [field.slice('x-oss-meta-'.length), value]))
      const header = Object.keys(meta).find((field) => field.endsWith('header'))!
      const bytes = Buffer.from(meta[header]!, 'base64')
      bytes[at]! ^= 0x40
      await fixture.oss.put(name, content, { meta: { ...meta, [header]: bytes.toString('base64') } } as object)
    }
    const { totals } = await fixture.run({ operation: 'verify' })
    expect(totals).toMatchObject({ done: { objects: 0 } })
    expect(totals.tampered.objects).toBe(totals.failed.objects)
  })

  test('tells objects that were changed or swapped from those that could not be read', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await fixture.client.put(name, data, { format: 'floe' })
    const { content, res } = await fixture.oss.get('b')
    const meta = Object.fromEntries(
      Object.entries(res.headers as Record<string, string>)
        .filter(([name]) => name.startsWith('x-oss-meta-'))
        .map(([name, value]) => [name.slice('x-oss-meta-'.length), value]),
    )
    const changed = Buffer.from(content)
    changed[changed.length - 1]! ^= 1
    await fixture.oss.put('b', changed, { meta } as object)
    await fixture.oss.put('c', content, { meta } as object)
    const denied = {
      service: 'oss',
      operation: 'GetObject',
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    } as const
    const { totals } = await fixture.run({ operation: 'verify' }, { jobs: 1 })
    expect(await fixture.report()).toMatchObject([
      { name: 'a', status: 'done', cmkArns: [fixture.oldCmk] },
      { name: 'b', status: 'failed', code: 'IntegrityFailed' },
      { name: 'c', status: 'failed', code: 'BindingMismatch' },
      { name: 'd', status: 'done' },
    ])
    expect(totals).toMatchObject({ done: { objects: 2 }, failed: { objects: 2 }, tampered: { objects: 2 } })
    fixture.cloud.faults.add({ ...denied, times: Infinity })
    const other = await fixture.run({ operation: 'verify' }, { folder: `${fixture.folder}/denied` }, { prefix: 'd' })
    expect(other.totals).toMatchObject({
      failed: { objects: 1 },
      tampered: { objects: 0 },
      reasons: { AccessDenied: { objects: 1 } },
    })
  })
})
