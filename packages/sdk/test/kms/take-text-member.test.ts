import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { takeTextMember } from '../../src/kms/take-text-member.js'

const take = (json: string) => {
  const bytes = Buffer.from(json)
  const taken = takeTextMember(bytes, 'Plaintext')
  return { taken: taken && Buffer.from(taken).toString('latin1'), left: bytes.toString() }
}

test.each([
  ['{"Plaintext":"YQ==","KeyId":"k"}', 'YQ==', '{"Plaintext":"    ","KeyId":"k"}'],
  [' {\n"a" : 1 , "Plaintext" : "YQ==" }', 'YQ==', ' {\n"a" : 1 , "Plaintext" : "    " }'],
  ['{"Plaintext":""}', '', '{"Plaintext":""}'],
  [String.raw`{"Plaintext":"ab\/+\u003d\u003D"}`, 'ab/+==', '{"Plaintext":"                 "}'],
  [String.raw`{"Plaintext":"a\"b\\"}`, 'a"b\\', '{"Plaintext":"      "}'],
  [String.raw`{"a":"\"Plaintext\":\"x\"","Plaintext":"YQ=="}`, 'YQ==', undefined],
  ['{"Plaintext":"AAAA","Plaintext":"YQ=="}', 'YQ==', '{"Plaintext":"    ","Plaintext":"    "}'],
])('%s: taken out', (json, text, left) => {
  const outcome = take(json)
  expect(outcome.taken).toBe(text)
  if (left !== undefined) expect(outcome.left).toBe(left)
  expect(Object.keys(JSON.parse(outcome.left) as object)).toEqual(Object.keys(JSON.parse(json) as object))
})

test.each([
  '{}',
  'null',
  '"Plaintext"',
  '["Plaintext","x"]',
  '[{"Plaintext":"x"}]',
  '{"a":{"Plaintext":"x"}}',
  '{"a":["Plaintext"]}',
  '{"a":"Plaintext","b":"x"}',
  '{"Plaintext":7}',
  '{"Plaintext":{"Plaintext":"x"}}',
  '{"Plaintexts":"x","plaintext":"y","Plaintex":"z"}',
  '{"Plaintext"',
  '{"Plaintext":',
  '',
])('%s: not there, and left as it is', (json) => {
  expect(take(json)).toEqual({ taken: undefined, left: json })
})

describe('what is not ASCII, or no escape, is nothing that base64 has', () => {
  test.each([String.raw`\u4e00`, String.raw`\u00e9`, String.raw`\q`, String.raw`\u00`, String.raw`\uzzzz`, 'é', '\\'])(
    '%s',
    (text) => {
      expect(take(`{"Plaintext":"AAAA${text}"}`).taken).toMatch(/^AAAA[^A-Za-z0-9+/=]/)
    },
  )
})

test('any text that a parser reads is taken as it reads it, when it is ASCII', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 20 })
  fc.assert(
    fc.property(ascii, fc.dictionary(fc.string(), fc.json()), (text, others) => {
      const answer = { ...others, Plaintext: text }
      const { taken, left } = take(JSON.stringify(answer))
      expect(taken).toBe(text)
      expect({ ...(JSON.parse(left) as object), Plaintext: text }).toEqual(answer)
    }),
  )
})

test('any bytes at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void takeTextMember(bytes, '')),
    { numRuns: 2000 },
  )
})
