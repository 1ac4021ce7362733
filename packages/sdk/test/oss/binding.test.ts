import { describe, expect, test } from 'vitest'
import { IntegrityError } from 'osscrypt'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const data = Buffer.from('the data')

async function moveRaw(from: string, to: string): Promise<void> {
  await writeStored(fixture.oss, to, await readStored(fixture.oss, from))
}

describe('an object that is bound to its key', () => {
  test('is not read under another, by whatever way', async () => {
    const client = fixture.client()
    await client.put('a', data)
    await moveRaw('a', 'b')
    fixture.cloud.clearRequests()
    for (const run of [
      () => client.get('b'),
      () => client.getStream('b'),
      () => client.getRange('b', { start: 1 }, { allowUnverifiedRange: true }),
      () => client.get('b', fixture.folder + '/file'),
      () => client.get('b', { expectedKey: 'c' }),
      () => client.get('b', { expectedKey: '' }),
      () => client.get('a', { expectedKey: 'b' }),
      () => client.copy('c', 'b'),
    ]) {
      expect(await rejection(run())).toMatchObject({ code: 'BindingMismatch' })
    }
    expect(fixture.operations().filter((operation) => operation.startsWith('kms'))).toEqual([])
    expect((await client.get('b', { expectedKey: 'a' })).content).toEqual(data)
    expect((await client.get('a', { expectedKey: 'a', requireBinding: true })).content).toEqual(data)
    expect(await fixture.files()).toEqual([])
  })

  test('is bound to the key that it is to be copied to, where that is said', async () => {
    const client = fixture.client()
    await client.put('staged', data, { boundKey: 'final' })
    expect(await rejection(client.get('staged'))).toMatchObject({ code: 'BindingMismatch' })
    expect((await client.get('staged', { expectedKey: 'final' })).content).toEqual(data)
    await client.copy('final', 'staged', { keepBinding: true })
    expect((await client.get('final', { requireBinding: true })).content).toEqual(data)
    expect(await rejection(client.put('staged', data, { boundKey: '' }))).toBeInstanceOf(TypeError)
  })

  test('cannot be bound to another without the data key', async () => {
    const client = fixture.client()
    await client.put('aaaa', data)
    const stored = await readStored(fixture.oss, 'aaaa')
    const name = 'x-oss-meta-header'
    const header = Buffer.from(stored.meta[name]!, 'base64').toString('latin1').replace('aaaa', 'bbbb')
    await writeStored(fixture.oss, 'bbbb', {
      body: stored.body,
      meta: { ...stored.meta, [name]: Buffer.from(header, 'latin1').toString('base64') },
    })
    expect(await rejection(client.get('bbbb'))).toMatchObject({ service: 'kms', code: 'WrongContext' })
  })

  test('does not pass for another when somebody moved it and the user copies it to that name', async () => {
    const client = fixture.client()
    await client.put('salary-ann', Buffer.from('1'))
    await client.put('salary-bob', Buffer.from('2'))
    await moveRaw('salary-ann', 'backup-bob')
    expect(await rejection(client.copy('salary-ann', 'backup-bob'))).toMatchObject({ code: 'BindingMismatch' })
  })
})

describe('an object that is bound to none', () => {
  test('is read under any key, unless a binding is required', async () => {
    const client = fixture.client()
    const put = await client.put('a', data, { bindToObject: false, encryptionContext: { x: 'y' } })
    expect(put.encryption.encryptionContext).toEqual({ x: 'y' })
    await moveRaw('a', 'b')
    expect((await client.get('b')).content).toEqual(data)
    expect((await client.get('b', { expectedKey: 'c' })).content).toEqual(data)
    fixture.cloud.clearRequests()
    expect(await rejection(client.get('a', { requireBinding: true }))).toMatchObject({ code: 'BindingMissing' })
    expect(await rejection(client.getStream('a', { requireBinding: true }))).toMatchObject({ code: 'BindingMissing' })
    expect(await rejection(client.copy('c', 'a', { requireBinding: true }))).toMatchObject({ code: 'BindingMissing' })
    expect(fixture.operations().filter((operation) => operation.startsWith('kms'))).toEqual([])
  })
})

describe('the encryption context', () => {
  test('cannot use names that are the library’s own', async () => {
    for (const name of ['osscrypt:object', 'osscrypt:', 'osscrypt:later']) {
      expect(await rejection(fixture.client().put('a', data, { encryptionContext: { [name]: 'x' } }))).toBeInstanceOf(
        TypeError,
      )
    }
    expect(fixture.operations()).toEqual([])
  })

  test.each<[string, Record<string, string>, boolean]>([
    ['the entry', { a: '1' }, true],
    ['both entries', { a: '1', b: '' }, true],
    ['no entry', {}, true],
    ['another value', { a: '2' }, false],
    ['another capital', { A: '1' }, false],
    ['an entry that is missing', { c: '1' }, false],
    ['an entry that is missing, beside one that is there', { a: '1', c: '1' }, false],
    ['an empty entry that is missing', { c: '' }, false],
    ['the value undefined of an entry that is missing', { c: undefined as never }, false],
    ['a name of Object.prototype', { constructor: 'x' }, false],
    ['a name of Object.prototype, with its value', { toString: String(Object.prototype.toString) }, false],
    ['__proto__', JSON.parse('{"__proto__":"x"}') as Record<string, string>, false],
  ])('is asked for %s', async (_title, requiredContext, met) => {
    const client = fixture.client()
    await client.put('object', data, { encryptionContext: { a: '1', b: '' } })
    fixture.cloud.clearRequests()
    if (met) expect((await client.get('object', { requiredContext })).content).toEqual(data)
    else {
      expect(await rejection(client.get('object', { requiredContext }))).toMatchObject({ code: 'ContextMismatch' })
      expect(await rejection(client.getStream('object', { requiredContext }))).toMatchObject({
        code: 'ContextMismatch',
      })
      expect(await rejection(client.copy('copy', 'object', { requiredContext }))).toMatchObject({
        code: 'ContextMismatch',
      })
      expect(fixture.operations()).not.toContain('kms Decrypt')
    }
  })

  test('is kept as it is, with any text', async () => {
    const client = fixture.client()
    const encryptionContext = {
      ...(JSON.parse('{"__proto__":"p"}') as Record<string, string>),
      constructor: 'c',
      '\u00e9': 'nfc',
      'e\u0301': 'nfd',
      '🔑': '你好',
      '': 'empty name',
      'empty value': '',
      'control\n': '\u0001"\\',
      '10': 'ten',
      '9': 'nine',
    }
    await client.put('object', data, { encryptionContext })
    const got = await client.get('object', { requiredContext: encryptionContext })
    expect(got.encryption.encryptionContext).toEqual({ ...encryptionContext, 'osscrypt:object': 'object' })
    expect(Object.hasOwn(got.encryption.encryptionContext, '__proto__')).toBe(true)
    expect(got.content).toEqual(data)
  })

  test.each([
    ['a number', { a: 1 as never }],
    ['half a character', { a: '\udc00' }],
    ['half a character in a name', { '\ud800': 'a' }],
  ])('with %s is misuse, and nothing is sent', async (_title, encryptionContext) => {
    expect(await rejection(fixture.client().put('a', data, { encryptionContext }))).toBeInstanceOf(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test('entries that an object inherits are none, and so it is no context', async () => {
    const client = fixture.client()
    await client.put('a', data)
    const inherited = Object.create({ tenant: 'acme' }) as Record<string, string>
    expect(await rejection(client.put('a', data, { encryptionContext: inherited }))).toBeInstanceOf(TypeError)
    expect(await rejection(client.get('a', { requiredContext: inherited }))).toBeInstanceOf(TypeError)
  })

  test('must be what KMS was told: swapped headers do not decrypt', async () => {
    const client = fixture.client()
    await client.put('one', data, { bindToObject: false, encryptionContext: { tenant: 'one' } })
    await client.put('two', data, { bindToObject: false, encryptionContext: { tenant: 'two' } })
    const [one, two] = [await readStored(fixture.oss, 'one'), await readStored(fixture.oss, 'two')]
    await writeStored(fixture.oss, 'mixed', {
      body: one.body,
      meta: { ...one.meta, 'x-oss-meta-header': two.meta['x-oss-meta-header']! },
    })
    expect(await rejection(client.get('mixed'))).toBeInstanceOf(IntegrityError)
  })
})

describe('a copy', () => {
  const transferred = () => fixture.operations().filter((operation) => /oss (GetObject|PutObject)$/.test(operation))

  test('of a bound object is encrypted anew for its new key', async () => {
    const client = fixture.client()
    const before = await client.put('a', data, {
      encryptionContext: { x: 'y' },
      meta: { m: 'n' },
      mime: 'text/x-a',
      headers: { 'Cache-Control': 'no-cache', 'Content-Disposition': 'inline' },
      algorithm: 'AES_GCM_NOPADDING_128',
    })
    const result = await client.copy('b', 'a')
    expect(result).toMatchObject({
      name: 'b',
      encryption: { ...before.encryption, encryptionContext: { x: 'y', 'osscrypt:object': 'b' } },
    })
    const got = await client.get('b', { requireBinding: true, requiredContext: { x: 'y' } })
    expect(got.content).toEqual(data)
    expect(got.meta).toEqual({ m: 'n' })
    expect(got.res.headers).toMatchObject({
      'content-type': 'text/x-a',
      'cache-control': 'no-cache',
      'content-disposition': 'inline',
    })
    expect((await readStored(fixture.oss, 'b')).body).not.toEqual((await readStored(fixture.oss, 'a')).body)
    expect((await client.get('a')).content).toEqual(data)
  })

  test('of an unbound object is made inside OSS', async () => {
    const client = fixture.client()
    await client.put('a', data, { bindToObject: false, meta: { m: 'n' }, mime: 'text/x-a' })
    fixture.cloud.clearRequests()
    await client.copy('b', 'a')
    expect(fixture.operations()).toEqual(['oss HeadObject', 'oss GetObjectACL', 'oss CopyObject'])
    const got = await client.get('b')
    expect(got).toMatchObject({ content: data, meta: { m: 'n' } })
    expect(got.res.headers['content-type']).toBe('text/x-a')
  })

  test('that keeps the binding is made inside OSS, and read with the old key', async () => {
    const client = fixture.client()
    await client.put('a', data)
    fixture.cloud.clearRequests()
    await client.copy('b', 'a', { keepBinding: true })
    expect(transferred()).toEqual([])
    expect(await rejection(client.get('b'))).toMatchObject({ code: 'BindingMismatch' })
    expect((await client.get('b', { expectedKey: 'a' })).content).toEqual(data)
    await client.delete('a')
    await client.copy('a', 'b', { expectedKey: 'a' })
    expect((await client.get('a')).content).toEqual(data)
  })

  test('onto itself leaves it readable', async () => {
    const client = fixture.client()
    for (const bindToObject of [true, false]) {
      await client.put('a', data, { bindToObject, meta: { m: 'n' } })
      await client.copy('a', 'a')
      expect(await client.get('a')).toMatchObject({ content: data, meta: { m: 'n' } })
    }
  })

  test('of something that is not there, or not encrypted', async () => {
    const client = fixture.client()
    expect(await rejection(client.copy('b', 'none'))).toMatchObject({ code: 'NotFound', status: 404 })
    await fixture.oss.put('plain', data)
    expect(await rejection(client.copy('b', 'plain'))).toMatchObject({ code: 'NotEncrypted' })
  })

  test('of an object that is replaced meanwhile is refused', async () => {
    const client = fixture.client()
    await client.put('a', data, { bindToObject: false })
    fixture.cloud.faults.add({ service: 'oss', operation: 'CopyObject', effect: { kind: 'delay', delayMs: 100 } })
    const copying = rejection(client.copy('b', 'a'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await client.put('a', Buffer.from('other'), { bindToObject: false })
    expect(await copying).toMatchObject({ code: 'ObjectChanged' })
  })
})
