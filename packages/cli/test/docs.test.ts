import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fillIn, renderCliDocs } from './render-cli-docs.js'

test.each(['CLI.md', 'CLI-CN.md'])(
  'docs/%s says of commands, options and exit codes what the code does (UPDATE_CLI_DOCS=1 writes it)',
  (name) => {
    const path = fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url))
    const written = readFileSync(path, 'utf8')
    const filled = fillIn(written, renderCliDocs())
    if (process.env['UPDATE_CLI_DOCS'] === '1') writeFileSync(path, filled)
    else expect(written).toBe(filled)
  },
)
