import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderCompatibility } from '../../../tools/local-compatibility.mjs'
import { operations } from '../src/kms/operations.js'
import { ABSENT_ROUTES } from '../src/oss/protocol/absent-routes.js'
import { ROUTES } from '../src/oss/protocol/routes.js'

test('COMPATIBILITY.md says what the tables do (npm run -w osscrypt-local compatibility writes it)', () => {
  const document = readFileSync(new URL('../docs/COMPATIBILITY.md', import.meta.url), 'utf8')
  const tables = { routes: ROUTES, absentRoutes: ABSENT_ROUTES, kmsOperations: [...operations.keys()] }
  // Prettier sets the columns of tables.
  const words = (text: string): string => text.replaceAll(/[ -]+/g, ' ')
  expect(words(document)).toBe(words(renderCompatibility(tables)))
})

test('no operation is both there and not', () => {
  const names = new Set(ROUTES.map(({ name }) => name))
  expect(ABSENT_ROUTES.filter(({ name }) => names.has(name))).toEqual([])
  const patterns = [...ROUTES, ...ABSENT_ROUTES].map(({ method, resource, parameters, header }) =>
    JSON.stringify([method, resource, parameters, header]),
  )
  expect(new Set(patterns).size).toBe(patterns.length)
})
