import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/bytes/utf8.js'
import {
  assertWritableContext,
  contextEntries,
  contextFromEntries,
  encodeContext,
  encodeKmsContext,
} from '../../src/message/encryption-context.js'
import { encodeAuthenticatedFields } from '../../src/message/header.js'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { fromBase64, readVectors } from './vector-file.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', '\ufeff', '\u{1f511}', '\uffff', '0', '10', '9'),
)
const context = fc.dictionary(text, text, { maxKeys: 6 })

test('the bytes are those that the Java SDK authenticates, with its header fields', () => {
  const debugged = readVectors('java').filter(({ debug }) => debug?.contextBytes !== undefined)
  expect(debugged.length).toBeGreaterThan(100)
  for (const { encryptionContext, debug, algorithm, encryptedDataKeys, cmkArns } of debugged) {
    expect(hex(encodeContext(encryptionContext))).toBe(fromBase64(debug!.contextBytes!).toString('hex'))
    if (debug!.headerAuthenticatedFields === undefined || encryptedDataKeys.length !== cmkArns.length) continue
    const keys = encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: fromBase64(ciphertextBlob),
    }))
    const fields = { algorithm: algorithmByName(algorithm), encryptionContext, encryptedDataKeys: keys }
    expect(hex(encodeAuthenticatedFields(fields))).toBe(fromBase64(debug!.headerAuthenticatedFields).toString('hex'))
  }
})

describe('order', () => {
  test('is that of UTF-8, where UTF-16 has astral characters before U+E000 to U+FFFF', () => {
    const keys = ['\uffff', '\u{10000}', '\u{1f511}', '\ue000', 'a', 'aa', 'B', 'é', '密']
    const inBytes = [...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    expect(inBytes).not.toEqual([...keys].sort())
    const entries = contextEntries(Object.fromEntries(keys.map((key) => [key, 'v'])))
    expect(entries.map(({ key }) => Buffer.from(key).toString())).toEqual(inBytes)
  })

  test('of insertion means nothing, also with keys that look like numbers', () => {
    fc.assert(
      fc.property(context, (entries) => {
        const reversed = Object.fromEntries(Object.entries(entries).reverse())
        expect(hex(encodeContext(reversed))).toBe(hex(encodeContext(entries)))
      }),
    )
    expect(contextEntries({ 10: '', 9: '', a: '' }).map(({ key }) => Buffer.from(key).toString())).toEqual([
      '10',
      '9',
      'a',
    ])
  })
})

test('different contexts have different bytes', () => {
  const seen = new Map<string, string>()
  const canonical = (entries: Record<string, string>) =>
    JSON.stringify(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)))
  fc.assert(
    fc.property(context, (entries) => {
      const bytes = hex(encodeContext(entries))
      expect(seen.get(bytes) ?? canonical(entries)).toBe(canonical(entries))
      seen.set(bytes, canonical(entries))
    }),
    { numRuns: 2000 },
  )
  const pairs = [
    [{ a: 'bc' }, { ab: 'c' }],
    [{}, { '': '' }],
    [{ a: '' }, { '': 'a' }],
    [{ é: '' }, { 'e\u0301': '' }],
    [{ a: '\ufeffb' }, { a: 'b' }],
  ]
  for (const [left, right] of pairs) expect(hex(encodeContext(left!))).not.toBe(hex(encodeContext(right!)))
})

test('an empty context is no bytes; an empty key and value are an entry', () => {
  expect(encodeContext({})).toHaveLength(0)
  expect(hex(encodeContext({ '': '' }))).toBe('000000010000000000000000')
})

test.each(['\ud83d', 'a\udd11', '\udd11\ud83d'])('a lone surrogate is refused: %j', (broken) => {
  expect(() => encodeContext({ [broken]: 'v' })).toThrow(TypeError)
  expect(() => encodeContext({ k: broken })).toThrow(TypeError)
})

test.each([undefined, null, 1, true, {}, ['v'], Symbol('v'), 1n, new String('v')])(
  'a value of another type is refused: %s',
  (value) => {
    expect(() => encodeContext({ k: value as never })).toThrow(TypeError)
  },
)

test('own keys of an object’s own kind are keys like any other, and inherited ones are refused', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const entries = contextFromEntries(names.map((name) => [name, name]))
  expect(Object.keys(entries)).toEqual(names)
  expect(Object.getPrototypeOf(entries)).toBe(Object.prototype)
  expect(contextEntries(entries)).toHaveLength(4)
  expect(() => contextEntries(Object.create({ inherited: 'x' }) as Record<string, string>)).toThrow(TypeError)
  expect(() =>
    contextFromEntries([
      ['__proto__', '1'],
      ['__proto__', '2'],
    ]),
  ).toThrow(expect.objectContaining({ code: 'InvalidFormat' }))
})

describe('limits', () => {
  const overhead = 4 + 8 + 1
  const ofLength = (length: number) => ({ k: 'x'.repeat(length - overhead) })
  const exceeded = expect.objectContaining({ code: 'LimitExceeded' })

  test('what is read has at most 65536 bytes', () => {
    expect(encodeContext(ofLength(65536))).toHaveLength(65536)
    expect(() => encodeContext(ofLength(65537))).toThrow(exceeded)
    // It is one of bytes: 密 has three.
    expect(() => encodeContext({ k: '密'.repeat(22_000) })).toThrow(exceeded)
    expect(encodeUtf8('密')).toHaveLength(3)
  })

  test('what is written has at most 32767', () => {
    expect(() => assertWritableContext(ofLength(32767))).not.toThrow()
    expect(() => assertWritableContext(ofLength(32768))).toThrow(exceeded)
    expect(() => assertWritableContext({ k: '密'.repeat(11_000) })).toThrow(exceeded)
  })

  test('KMS takes 8192 characters of JSON', () => {
    const json = '{"k":""}'.length
    expect(encodeKmsContext({ k: 'x'.repeat(8192 - json) })).toHaveLength(8192)
    expect(() => encodeKmsContext({ k: 'x'.repeat(8193 - json) })).toThrow(exceeded)
  })
})
