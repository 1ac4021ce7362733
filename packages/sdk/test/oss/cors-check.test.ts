import { checkCors, corsDocument, corsRule } from 'osscrypt/oss'
import { expect, test } from 'vitest'

const ORIGIN = 'https://app.example.com'

test('the rule that corsRule makes is complete', () => {
  expect(checkCors([corsRule([ORIGIN])], ORIGIN)).toEqual({ state: 'complete' })
  expect(checkCors([corsRule(['https://*.example.com'])], ORIGIN)).toEqual({ state: 'complete' })
  expect(checkCors([corsRule(['*'])], ORIGIN)).toEqual({ state: 'complete' })
})

test.each([
  ['https://app.example.com.evil'],
  ['https://evil-app.example.com'],
  ['http://app.example.com'],
  ['https://app.example.com:8443'],
])('a rule of %s is none for another origin', (other) => {
  expect(checkCors([corsRule([other])], ORIGIN)).toEqual({ state: 'none' })
  expect(checkCors([corsRule([ORIGIN])], other)).toEqual({ state: 'none' })
})

test('a pattern’s two ends do not overlap, and no rule is none', () => {
  expect(checkCors([corsRule(['https://app.example*example.com'])], ORIGIN)).toEqual({ state: 'none' })
  expect(checkCors([], ORIGIN)).toEqual({ state: 'none' })
})

test('the first rule that has the origin counts; what it lacks is named, whatever the case it is written in', () => {
  const { exposeHeader, ...rest } = corsRule([ORIGIN])
  const lower = { ...rest, exposeHeader: exposeHeader.map((name) => name.toLowerCase()) }
  expect(checkCors([lower], ORIGIN)).toEqual({ state: 'complete' })
  const short = { ...lower, exposeHeader: lower.exposeHeader.slice(1), allowedMethod: 'GET', allowedHeader: 'range' }
  expect(checkCors([short, lower], ORIGIN)).toEqual({
    state: 'incomplete',
    missing: ['HEAD', 'PUT', 'POST', 'DELETE', 'AllowedHeader *', `ExposeHeader ${String(exposeHeader[0])}`],
  })
  expect(checkCors([lower], ORIGIN, ['colour'])).toEqual({
    state: 'incomplete',
    missing: ['ExposeHeader x-oss-meta-colour'],
  })
})

test('as XML it has all of the rule, and nothing of an origin is markup', () => {
  const text = corsDocument([ORIGIN, 'https://a&b<c>'], ['colour']).join('\n')
  const { allowedOrigin, ...rule } = corsRule([ORIGIN], ['colour'])
  for (const value of [allowedOrigin[0], ...rule.allowedMethod, ...rule.allowedHeader, ...rule.exposeHeader])
    expect(text).toContain(`>${value}</`)
  expect(text).toContain('<AllowedOrigin>https://a&amp;b&lt;c&gt;</AllowedOrigin>')
})
