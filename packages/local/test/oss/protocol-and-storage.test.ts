import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const oss = fileURLToPath(new URL('../../src/oss/', import.meta.url))

/** The imports of every file in a folder. */
function importsOf(folder: string): { file: string; target: string }[] {
  return readdirSync(join(oss, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(oss, folder, file), 'utf8')
      return [...text.matchAll(/from '([^']+)'/g)].map(([, target = '']) => ({ file, target }))
    })
}

test('the protocol knows no storage: another server can put another backend behind it', () => {
  const imports = importsOf('protocol')
  expect(imports.length).toBeGreaterThan(100)
  expect(imports.filter(({ target }) => /storage|node:fs|oss-service/.test(target))).toEqual([])
})

test('the storage knows no operations, signatures or XML', () => {
  const imports = importsOf('storage').filter(({ target }) => target.includes('/protocol/'))
  expect(imports.length).toBeGreaterThan(5)
  expect(imports.filter(({ target }) => /operations|signature|xml|route/.test(target))).toEqual([])
})
