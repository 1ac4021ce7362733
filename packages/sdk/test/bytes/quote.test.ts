import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from '../../src/bytes/quote.js'

test.each([
  ['', '""'],
  ['reports/2026 Q3.csv', '"reports/2026 Q3.csv"'],
  ['报表/五月.csv', '"报表/五月.csv"'],
  ['🔑', '"🔑"'],
  ['a"b\\c', String.raw`"a\"b\\c"`],
  ['a\nb\r\tc', String.raw`"a\u000ab\u000d\u0009c"`],
  ['\u001b[2J\u009b31m', String.raw`"\u001b[2J\u009b31m"`],
  ['x\u202Egnp.exe', String.raw`"x\u202egnp.exe"`],
  ['\u2066a\u2069\u200E\u061C', String.raw`"\u2066a\u2069\u200e\u061c"`],
  ['a\u2028b\u2029c\u00A0d', String.raw`"a\u2028b\u2029c\u00a0d"`],
  ['\uFEFFa\u200Bb\u00ADc\u3164', String.raw`"\ufeffa\u200bb\u00adc\u3164"`],
  ['\u{E0041}', String.raw`"\udb40\udc41"`],
  ['\uD800', String.raw`"\ud800"`],
])('%j is quoted as %s', (text, quoted) => {
  expect(quote(text)).toBe(quoted)
})

test('what is quoted is one JSON string that holds nothing but visible characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const quoted = quote(text)
      expect(JSON.parse(quoted)).toBe(text)
      expect(quoted).not.toMatch(/[^\P{C}]|[^ \P{Z}]|\p{Default_Ignorable_Code_Point}/u)
    }),
  )
})

test('a text longer than any name is cut, and says so', () => {
  expect(quote('x'.repeat(1024))).toBe(`"${'x'.repeat(1024)}"`)
  expect(quote('x'.repeat(1025))).toBe(`"${'x'.repeat(1024)}"…`)
  expect(quote('\u0000'.repeat(2 ** 24))).toHaveLength(6 * 1024 + 3)
})
