import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { readStored } from '../support/stored-object.js'

const MIB = 1024 * 1024
const MEMORY_LIMIT = 2 * MIB

const sizes = [
  ...[0, 1, 15, 16, 17, 31, 32, 33],
  ...[-1, 0, 1].map((by) => 64 * 1024 + by),
  ...[-1, 0, 1].map((by) => 256 * 1024 + by),
  ...[-1, 0, 1].map((by) => MIB + by),
  ...[-1, 0, 1].map((by) => MEMORY_LIMIT + by),
  ...[-1, 0, 1].map((by) => 3 * MIB + by),
]

describe.each([
  ['signature version 1', {}],
  ['signature version 4', { authorizationV4: true }],
])('with %s', (_title, ossOptions) => {
  const fixture = useCloud(ossOptions)

  test.each(sizes)('an object of %i bytes comes back, whatever it is put from and however it is read', async (size) => {
    const client = fixture.client({ memoryLimit: MEMORY_LIMIT })
    const plaintext = patternBytes(size)
    const source = join(fixture.folder, 'source.bin')
    const target = join(fixture.folder, 'target.bin')
    await writeFile(source, plaintext)
    for (const [name, put] of [
      ['buffer', plaintext],
      ['file', source],
      ['stream', Readable.from(inPieces(plaintext, 100_003))],
    ] as const) {
      await client.put(name, put)
      const stored = await readStored(fixture.oss, name)
      expect(stored.body.length).toBe(size)
      if (size > 15) expect(stored.body.includes(plaintext.subarray(0, 16))).toBe(false)
      const { content, res } = await client.get(name)
      expect(sameBytes(content, plaintext)).toBe(true)
      expect(res.status).toBe(200)
      await client.get(name, target)
      expect(sameBytes(await readFile(target), plaintext)).toBe(true)
      const { stream } = await client.getStream(name)
      expect(sameBytes(await buffer(stream), plaintext)).toBe(true)
    }
    expect((await fixture.files()).sort()).toEqual(['source.bin', 'target.bin'])
  })
})

describe('every kind of source', () => {
  const fixture = useCloud()
  const plaintext = patternBytes(300_000)
  const large = patternBytes(5 * MIB + 17)

  const sources: readonly (readonly [
    string,
    (bytes: Buffer, path: string) => Parameters<ReturnType<typeof fixture.client>['put']>[1],
  ])[] = [
    ['a Buffer', (bytes) => bytes],
    [
      'a Uint8Array inside a larger one',
      (bytes) =>
        new Uint8Array(Buffer.concat([Buffer.alloc(11), bytes, Buffer.alloc(7)])).subarray(11, 11 + bytes.length),
    ],
    ['the path of a file', (_bytes, path) => path],
    ['a stream from the file system', (_bytes, path) => createReadStream(path)],
    ['a Readable of many small pieces', (bytes) => Readable.from(inPieces(bytes, 997))],
    ['a Readable of one piece', (bytes) => Readable.from([bytes])],
    ['a Readable with empty pieces', (bytes) => Readable.from([Buffer.alloc(0), bytes, Buffer.alloc(0)])],
    ['a web stream', (bytes) => Readable.toWeb(Readable.from(inPieces(bytes, 65_537)))],
    ['a web stream of Uint8Arrays', (bytes) => new Blob([bytes]).stream()],
  ]

  test.each(sources)('%s', async (_title, make) => {
    const client = fixture.client({ memoryLimit: 2 * MIB })
    for (const bytes of [plaintext, large]) {
      const path = join(fixture.folder, 'source.bin')
      await writeFile(path, bytes)
      await client.put('object', make(bytes, path))
      expect(sameBytes((await client.get('object')).content, bytes)).toBe(true)
    }
    expect(await fixture.files()).toEqual(['source.bin'])
  })

  test('a Readable of text, which is stored as UTF-8', async () => {
    const client = fixture.client()
    const pieces = ['Grüße', ' 你好', ' 👩‍🍳', '']
    await client.put('text', Readable.from(pieces))
    expect((await client.get('text')).content.toString('utf8')).toBe(pieces.join(''))
    await client.put('text', createReadStream(new URL(import.meta.url), 'utf8'))
    expect((await client.get('text')).content).toEqual(await readFile(new URL(import.meta.url)))
  })

  test('a web stream of text', async () => {
    const client = fixture.client()
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue('a')
        controller.enqueue(Buffer.from('b'))
        controller.close()
      },
    })
    await client.put('text', stream as never)
    expect((await client.get('text')).content.toString()).toBe('ab')
  })

  test('an empty stream', async () => {
    const client = fixture.client()
    await client.put('empty', Readable.from([]))
    expect((await client.get('empty')).content).toHaveLength(0)
    await client.put('empty', new Blob([]).stream())
    expect(await buffer((await client.getStream('empty')).stream)).toHaveLength(0)
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an array', [1, 2]],
    ['a function', () => new ArrayBuffer(3)],
    ['a plain object', {}],
  ])('%s is refused, and nothing is sent', async (_title, source) => {
    await expect(fixture.client().put('object', source as never)).rejects.toThrow(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test('a stream that gives neither bytes nor text is refused, and destroyed', async () => {
    const stream = Readable.from([{ a: 1 }])
    await expect(fixture.client().put('object', stream)).rejects.toThrow(TypeError)
    expect(stream.destroyed).toBe(true)
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('streams that were read, destroyed or locked before are refused', async () => {
    const read = Readable.from(['a'])
    await buffer(read)
    const destroyed = Readable.from(['a']).destroy()
    const locked = new Blob(['a']).stream()
    locked.getReader()
    for (const stream of [read, destroyed, locked])
      await expect(fixture.client().put('object', stream)).rejects.toThrow(TypeError)
    expect(fixture.operations()).toEqual([])
  })

  test('a file that is not there, and a folder', async () => {
    const missing = fixture.client().put('object', join(fixture.folder, 'none'))
    await expect(missing).rejects.toThrow(TypeError)
    await expect(missing).rejects.toMatchObject({ cause: { code: 'ENOENT' } })
    await expect(fixture.client().put('object', fixture.folder)).rejects.toThrow(TypeError)
    expect(fixture.operations()).toEqual([])
  })
})

describe('algorithms', () => {
  const fixture = useCloud()
  const plaintext = patternBytes(64 * 1024)

  test.each(['AES_GCM_NOPADDING_128', 'AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128'] as const)(
    '%s',
    async (algorithm) => {
      const client = fixture.client()
      const put = await client.put('object', plaintext, { algorithm })
      expect(put.encryption).toMatchObject({ algorithm, cmkArns: [fixture.cmkArn] })
      const got = await client.get('object')
      expect(sameBytes(got.content, plaintext)).toBe(true)
      expect(got.encryption).toEqual(put.encryption)
    },
  )

  test.each([
    'AES_CBC_NOPADDING_128',
    'AES_CBC_PKCS5_256',
    'AES_CTR_NOPADDING_256',
    'SM4_CBC_PKCS5_128',
    'SM4_CTR_NOPADDING_128',
  ] as const)('%s, which both sides have to allow', async (algorithm) => {
    const client = fixture.client()
    await expect(client.put('object', plaintext, { algorithm })).rejects.toMatchObject({ code: 'NotAllowed' })
    expect(fixture.operations()).toEqual([])
    const allowed = { allowUnauthenticatedAlgorithms: true }
    await client.put('object', plaintext, { algorithm, ...allowed })
    fixture.cloud.clearRequests()
    await expect(client.get('object')).rejects.toMatchObject({ code: 'NotAllowed' })
    expect(fixture.operations()).toEqual(['oss GetObject'])
    expect(sameBytes((await client.get('object', allowed)).content, plaintext)).toBe(true)
    expect(sameBytes(await buffer((await client.getStream('object', allowed)).stream), plaintext)).toBe(true)
  })

  test('a block mode without padding takes whole blocks only', async () => {
    const options = { algorithm: 'AES_CBC_NOPADDING_256', allowUnauthenticatedAlgorithms: true } as const
    await expect(fixture.client().put('object', Buffer.alloc(17), options)).rejects.toThrow(RangeError)
    expect(fixture.operations()).not.toContain('oss PutObject')
  })

  test('an unknown one is misuse', async () => {
    await expect(fixture.client().put('object', plaintext, { algorithm: 'ROT13' as never })).rejects.toThrow(RangeError)
    expect(fixture.operations()).toEqual([])
  })
})

describe('names of objects', () => {
  const fixture = useCloud()

  test.each([
    'a b+c%2F?&#;=@:$,!',
    '文件/报告 2024.pdf',
    '👩‍🍳',
    'a//b',
    '...',
    'a/.b',
    '%',
    '%41',
    'quote\'"()*~',
    'x'.repeat(1023),
  ])('%s', async (name) => {
    const client = fixture.client()
    await client.put(name, Buffer.from(name))
    expect((await client.get(name)).content.toString()).toBe(name)
    expect((await client.head(name)).encryption.encryptionContext).toEqual({ 'osscrypt:object': name })
    expect((await client.copy(`${name.slice(0, 1000)}-copy`, name)).name).toContain('-copy')
    expect((await client.get(`${name.slice(0, 1000)}-copy`)).content.toString()).toBe(name)
    await client.delete(name)
    await expect(client.get(name)).rejects.toMatchObject({ code: 'NotFound' })
  })

  // ali-oss sends another path than it signs.
  test.each(['a/./b', 'a/../b', '..'])(
    '%s cannot be reached, and nothing is stored under another name',
    async (name) => {
      await expect(fixture.client().put(name, Buffer.from('x'))).rejects.toThrow()
      const { objects } = (await fixture.oss.listV2({ prefix: '' }, {})) as { objects?: { name: string }[] }
      expect((objects ?? []).map((object) => object.name)).not.toContain('b')
    },
  )

  test('lose leading slashes, as in ali-oss', async () => {
    const client = fixture.client()
    await client.put('//a/b', Buffer.from('x'))
    expect((await client.get('a/b')).content.toString()).toBe('x')
    await expect(client.put('/', Buffer.from('x'))).rejects.toThrow(TypeError)
    await expect(client.get('')).rejects.toThrow(TypeError)
    await expect(client.getStream('')).rejects.toThrow(TypeError)
    await expect(client.getRange('', { start: 0 })).rejects.toThrow(TypeError)
    await expect(client.copy('a', '/')).rejects.toThrow(TypeError)
    await expect(client.head('')).rejects.toThrow(TypeError)
    await expect(client.delete('')).rejects.toThrow(TypeError)
  })

  test('with half a character are misuse, and nothing is sent', async () => {
    await expect(fixture.client().put('a\ud800', Buffer.from('x'))).rejects.toThrow(TypeError)
    expect(fixture.operations()).toEqual([])
  })
})

function* inPieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length)
}
