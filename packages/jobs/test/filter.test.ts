import fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { compileFilter } from '../src/objects/filter.js'

function matches(pattern: string, name: string): boolean {
  return compileFilter({ include: [pattern] })({ name, length: 1, lastModified: new Date(0), storageClass: 'Standard' })
}

test.each([
  ['a', ['a'], ['', 'aa', 'A', 'a/']],
  ['', [''], ['a']],
  ['*', ['', 'a', 'a\nb', '文'], ['/', 'a/', 'a/b']],
  ['**', ['', 'a', 'a/b//c', 'a\nb'], []],
  ['***', ['', 'a/b'], []],
  ['a/*.log', ['a/.log', 'a/b.log', 'a/.log.log'], ['a/b/c.log', 'a/blog', 'a/b.logs', 'b/b.log']],
  ['a/**.log', ['a/.log', 'a/b/c.log'], ['a.log', 'a/b/c.logs']],
  ['**/*b', ['/b', 'a/b', 'a/c/ab'], ['b', 'a/b/c']],
  ['**a*b', ['ab', 'a/ab', 'a/a/acb'], ['a/b', 'ab/', 'a']],
  ['*a/*a**a', ['a/aa', 'ba/ba/b/a'], ['a/a', 'b/a/a', '/a/aa/']],
  ['(a|b)+.$[^]?{1}\\', ['(a|b)+.$[^]?{1}\\'], ['a']],
  ['*😀', ['😀', 'a😀'], ['😀a']],
])('%j', (pattern, good, bad) => {
  expect(good.filter((name) => !matches(pattern, name))).toEqual([])
  expect(bad.filter((name) => matches(pattern, name))).toEqual([])
})

test('whatever the pattern, names match as by a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '**'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (each, name) => {
      const source = each.replace(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'))
      expect(matches(each, name)).toBe(new RegExp(`^${source}$`).test(name))
    }),
    { numRuns: 5000 },
  )
})

test('no pattern takes long', () => {
  const name = `o/${'a'.repeat(900)}`
  const match = () => {
    for (const wildcard of ['*', '**', '*a*', '**/*'])
      for (const times of [4, 40, 400, 40_000]) {
        expect(matches(`o/${`${wildcard}a`.repeat(times)}b`, name)).toBe(false)
        expect(matches(`**${`${wildcard}a`.repeat(times)}b`, name)).toBe(false)
      }
  }
  // What does not come to an end is interrupted.
  runInNewContext('match()', { match }, { timeout: 20_000 })
})
