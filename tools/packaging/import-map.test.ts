import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importMapOf } from './import-map.mjs'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const manifest = JSON.parse(read('packages/sdk/package.json')) as Parameters<typeof importMapOf>[0]

describe.each(['docs/BROWSER.md', 'docs/BROWSER-CN.md'])('the import map of %s', (page) => {
  const [, shown] = /<script type="importmap">([^<]*)<\/script>/.exec(read(page)) ?? []

  test('is that of package.json', () => {
    expect(JSON.parse(shown ?? 'null')).toEqual(importMapOf(manifest, ['.', './oss', './browser'], '/node_modules'))
  })
})

test('names what is for browsers, and nothing of Node', () => {
  const { imports, scopes } = importMapOf(manifest, ['.', './oss'], 'https://cdn.example.com')
  expect(imports).toEqual({
    osscrypt: 'https://cdn.example.com/osscrypt/dist/web-index.js',
    'osscrypt/oss': 'https://cdn.example.com/osscrypt/dist/oss.js',
  })
  const [[scope, own] = []] = Object.entries(scopes)
  expect(scope).toBe('https://cdn.example.com/osscrypt/')
  expect(Object.keys(own ?? {})).toEqual([...Object.keys(manifest.imports), '@noble/ciphers/'])
  expect(Object.values(own ?? {}).filter((url) => url.includes('/node-'))).toEqual([])
})
