import fc from 'fast-check'
import { FormatError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/bytes/base64.js'
import { decodeUint32, encodeUint32 } from '../../src/bytes/big-endian.js'
import { compareBytes } from '../../src/bytes/order.js'
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/utf8.js'

const bytes = fc.uint8Array({ maxLength: 40 })

describe('base64', () => {
  test('is Node’s own', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const text = Buffer.from(input).toString('base64')
        expect(encodeBase64(input)).toBe(text)
        expect(Buffer.from(decodeBase64(text)).equals(input)).toBe(true)
      }),
    )
    const large = Buffer.alloc(1_000_000, 'osscrypt')
    expect(encodeBase64(large)).toBe(large.toString('base64'))
  })

  test.each([
    'YQ',
    'YQ=',
    'YR==',
    'YQ==\n',
    ' YQ==',
    'YQ= =',
    'Y Q==',
    '-_-_',
    'YQ===',
    '=',
    '====',
    'YWJj=',
    'YQ==YQ==',
    'ÿÿÿÿ',
    '密密密密',
    'a',
  ])('refuses %j', (text) => {
    expect(() => decodeBase64(text)).toThrow(FormatError)
  })

  test('accepts no text but the one that bytes are encoded as', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('A', 'B', 'a', 'b', '0', '1', '+', '/', '=', '-', ' ', '\n'),
          maxLength: 12,
        }),
        (text) => {
          let decoded
          try {
            decoded = decodeBase64(text)
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
            return
          }
          expect(encodeBase64(decoded)).toBe(text)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('UTF-8', () => {
  test('round trip of well-formed text, byte order mark and all', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeUtf8(encodeUtf8(text)) === text))
    for (const text of ['\ufeff', '\ufeffa', 'a\ufeff', '\u0000', 'e\u0301', '\u00e9', '\u{10ffff}']) {
      expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    }
  })

  test.each(['\ud800', 'a\udc00b', '\udc00\ud800', '\ud83d\ud83d\ude00'])('a lone surrogate is no text: %j', (text) => {
    expect(() => encodeUtf8(text)).toThrow(TypeError)
  })

  test.each(['80', 'c080', 'c1bf', 'eda080', 'edbfbf', 'f4908080', 'f8888080', 'e282', 'ff', '61ff'])(
    'refuses %s',
    (hex) => {
      expect(() => decodeUtf8(Buffer.from(hex, 'hex'))).toThrow(FormatError)
    },
  )
})

test('numbers are big-endian', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), (value) => decodeUint32(encodeUint32(value)) === value))
  expect([...encodeUint32(0x01020304)]).toEqual([1, 2, 3, 4])
  expect(decodeUint32(Uint8Array.of(9, 0xff, 0xff, 0xff, 0xff, 9), 1)).toBe(0xffffffff)
})

test('byte strings are ordered as unsigned bytes, a prefix first', () => {
  fc.assert(
    fc.property(bytes, bytes, (left, right) => {
      expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(left, right))
    }),
  )
})
