import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from '../../src/bytes/quote.js'

test.each([
  ['plain', 'a/b c.txt', '"a/b c.txt"'],
  ['other scripts, and what they need', '部门/é e\u0301 😀', '"部门/é e\u0301 😀"'],
  ['quotes and backslashes', 'a"b\\c', '"a\\"b\\\\c"'],
  ['line breaks and ESC', 'a\n\r\t\u001b[31m', '"a\\n\\r\\t\\u001b[31m"'],
  ['DEL and C1', '\u007f\u0085\u009b31m', '"\\u007f\\u0085\\u009b31m"'],
  ['directions', 'a\u202egnp.exe\u2066\u200e\u061c', '"a\\u202egnp.exe\\u2066\\u200e\\u061c"'],
  ['what cannot be seen', 'a\u200b\u00ad\ufeff\u3164\ufe0f', '"a\\u200b\\u00ad\\ufeff\\u3164\\ufe0f"'],
  ['line and paragraph separators', '\u2028\u2029', '"\\u2028\\u2029"'],
  ['half characters', '\ud800a\udc00', '"\\ud800a\\udc00"'],
  ['tags beyond the first plane', '\u{e0041}', '"\\udb40\\udc41"'],
])('%s', (_title, text, expected) => {
  expect(quote(text)).toBe(expected)
})

test('what was quoted is JSON for the text, and obeys nobody', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const quoted = quote(text)
      expect(JSON.parse(quoted)).toBe(text)
      expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    }),
  )
})
