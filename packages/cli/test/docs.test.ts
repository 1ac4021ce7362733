import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fillIn, renderCliDocs } from './render-cli-docs.js'

const path = fileURLToPath(new URL('../../../docs/CLI.md', import.meta.url))

test('docs/CLI.md says of commands, options and exit codes what the code does (UPDATE_CLI_DOCS=1 writes it)', () => {
  const written = readFileSync(path, 'utf8')
  const filled = fillIn(written, renderCliDocs())
  if (process.env['UPDATE_CLI_DOCS'] === '1') writeFileSync(path, filled)
  else expect(written).toBe(filled)
})
